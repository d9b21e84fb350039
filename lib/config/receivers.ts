import type { ReceiverConfig, SecretSource, TrustFiles } from '../outbox/index.js';
import { fault, type TextReading } from '../text/index.js';
import {
  byUse,
  field,
  fields,
  isMapping,
  map,
  mapping,
  type Mapping,
  type Part,
  refine,
  required,
  together,
} from './fields.js';
import { count, failed, flag, type Kind, path, pattern, problem, unless } from './kinds.js';
import { host } from './network.js';

type ReceiverConnection = Omit<ReceiverConfig, 'timeoutMs'>;

/** A receiver, and its connection where that is not {@link PLAIN}. */
type Reached<Target> = Partial<ReceiverConnection> & { readonly target: Target };

const PLAIN: ReceiverConnection = { tls: 'plain', headers: {}, secret: { source: 'none', header: '', before: '' } };

/** The members `use` and `options` of a sink or an anchor. */
export function byReceiver<Target extends { readonly use: string }>(
  uses: Readonly<Record<Target['use'], Part<Reached<Target>>>>,
): Part<ReceiverConnection & { readonly target: Target }> {
  return map(byUse<Reached<Target>>(uses), (reached) => ({ ...PLAIN, ...reached }));
}

/** A token as RFC 6750 sends it. */
export function bearer(source: SecretSource | 'none'): ReceiverConfig['secret'] {
  return { source, header: 'authorization', before: 'Bearer ' };
}

/** The name of a sink or an anchor, which is also the name of its state file. */
export const receiverName = pattern(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name of a-z, 0-9 and hyphens');

const file = unless('none', path);
const variable = pattern(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable');

/** The options of a connection over TLS. */
export const tlsFiles: Part<TrustFiles> = refine(
  fields({
    'ca-file': field(file, 'none', 'PEM file of the certificates to trust instead of the public ones'),
    'cert-file': field(file, 'none', 'PEM file of the client certificate'),
    'key-file': field(file, 'none', 'PEM file of the private key of cert-file'),
    'server-name': field(unless('host', host), 'host', 'name that the certificate must have'),
  }),
  (given): TextReading<TrustFiles> => {
    const { 'ca-file': caFile, 'cert-file': certFile, 'key-file': keyFile, 'server-name': serverName } = given;
    if ((certFile === 'none') !== (keyFile === 'none'))
      return fault('missing_key', 'cert-file and key-file require each other', 'none');
    const identity = certFile === 'none' || keyFile === 'none' ? 'none' : { certFile, keyFile };
    return { kind: 'value', value: { caFile, identity, serverName } };
  },
);

/** The options that name a secret. */
export const secretSource: Part<SecretSource | 'none'> = refine(
  fields({
    'token-file': field(file, 'none', 'file whose first line is the token'),
    'token-variable': field(unless('none', variable), 'none', 'environment variable that holds the token'),
  }),
  ({ 'token-file': tokenFile, 'token-variable': name }): TextReading<SecretSource | 'none'> => {
    if (tokenFile === 'none') return { kind: 'value', value: name === 'none' ? 'none' : { kind: 'variable', name } };
    if (name === 'none') return { kind: 'value', value: { kind: 'file', path: tokenFile } };
    return failed([problem(['token-variable'], 'conflicts with token-file; set only one')]);
  },
);

/** The options of a syslog receiver, and how the connection to it is secured. */
export const syslogReceiver = refine(
  together({
    own: fields({
      host: required(host, 'host of the receiver'),
      port: field(unless('default', count(1, 65_535)), 'default', 'port: 6514, or 514 without TLS'),
      // RFC 5424 §6.2.1: log audit.
      facility: field(count(0, 23), 13, 'syslog facility'),
      tls: field(flag, true, 'whether the connection uses TLS'),
    }),
    files: tlsFiles,
  }),
  ({ own, files }) => {
    const usesFiles = files.caFile !== 'none' || files.identity !== 'none' || files.serverName !== 'host';
    if (!own.tls && usesFiles) return failed([problem(['tls'], 'conflicts with the options of TLS; remove them')]);
    const port = own.port === 'default' ? (own.tls ? 6514 : 514) : own.port;
    const tls = own.tls ? files : ('plain' as const);
    return { kind: 'value', value: { target: { host: own.host, port, facility: own.facility }, tls } };
  },
);

/** One destination of the operator's log: a winston transport, or a package that holds one, and its options. */
export interface LogTransport {
  readonly use: string;
  readonly options: Mapping;
}

/** The name of a winston transport. */
export const transportName: Kind<string> = pattern(
  /^[@A-Za-z0-9][A-Za-z0-9@._/-]*$/,
  'console, file, http or a package',
);

/** Options handed on as they are; they may hold secrets. */
function handedOn(...refused: readonly string[]): Kind<Mapping> {
  return {
    form: 'a mapping',
    schema: { type: 'object' },
    text: 'file_only',
    show: (given) => (Object.keys(given).length === 0 ? 'none' : 'set'),
    read: (raw) => {
      if (!isMapping(raw)) return fault('wrong_type', 'expected a mapping', 'none');
      const found = refused.filter((key) => Object.hasOwn(raw, key));
      return found.length === 0
        ? { kind: 'value', value: raw }
        : failed(found.map((key) => problem([key], 'conflicts with a sink: every record is sent, unchanged')));
    },
  };
}

/** The options of a transport that a sink uses. */
export const winstonOptions: Kind<Mapping> = handedOn('format', 'level', 'silent');

/** A transport of the operator's log. */
export const transport: Kind<LogTransport> = mapping(
  fields({
    use: required(transportName, 'console, file, http or a package'),
    options: field(handedOn(), {}, 'options of the transport'),
  }),
  ({ use }) => use,
);
