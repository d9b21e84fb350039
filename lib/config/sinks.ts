import type { ReceiverConfig, SinkTarget } from '../outbox/index.js';
import { fault, type TextReading } from '../text/index.js';
import { byUse, field, fields, mapping, type Part, refine, required, together } from './fields.js';
import {
  count,
  duration,
  failed,
  flag,
  formatDuration,
  formatSize,
  type Kind,
  list,
  path,
  pattern,
  problem,
  size,
  unless,
  word,
} from './kinds.js';
import { headerName, headers, webAddress } from './network.js';
import {
  bearer,
  PLAIN,
  receiverName,
  secretSource,
  syslogReceiver,
  tlsFiles,
  transportName,
  winstonOptions,
} from './receivers.js';

/** One receiver of the audit trail. */
export interface SinkConfig extends ReceiverConfig {
  readonly name: string;
  readonly target: SinkTarget;
  readonly format: 'own' | 'ecs' | 'ocsf' | 'cef';
  readonly kinds: readonly string[] | 'all';
  readonly from: 'oldest' | 'now';
  readonly onRefused: 'retry' | 'skip';
  readonly limits: { readonly records: number; readonly bytes: number; readonly waitMs: number };
}

type HttpOptions = Omit<ReceiverConfig, 'timeoutMs'>;
type Reached = HttpOptions & Pick<SinkConfig, 'target'>;

const printable = pattern(/^[!-~]{1,255}$/, 'printable ASCII without spaces');

const BEARER = 'Authorization: Bearer';

/** The options of every request to a receiver over HTTP. */
const httpOptions: Part<HttpOptions> = refine(
  together({
    tls: tlsFiles,
    source: secretSource,
    own: fields({
      headers: field(headers, {}, 'headers sent with every request'),
      'token-header': field(unless(BEARER, headerName), BEARER, 'header that the token is sent in, without a prefix'),
    }),
  }),
  ({ tls, source, own }): TextReading<HttpOptions> => {
    const header = own['token-header'];
    if (source === 'none' && header !== BEARER)
      return failed([problem(['token-header'], 'requires token-file or token-variable')]);
    const isBearer = header === BEARER || header.toLowerCase() === 'authorization';
    const secret = isBearer ? bearer(source) : { source, header: header.toLowerCase(), before: '' };
    return { kind: 'value', value: { tls, headers: own.headers, secret } };
  },
);

const url = required(webAddress, 'address that records are sent to');

const options: Readonly<Record<SinkTarget['use'], Part<Reached>>> = {
  file: made(fields({ path: required(path, 'file that records are appended to') }), (target) => ({
    ...PLAIN,
    target: { use: 'file', ...target },
  })),
  syslog: made(
    together({
      way: syslogReceiver,
      own: fields({ app: field(printable, 'tidegate', 'application name in every message') }),
    }),
    ({ way, own }) => ({ ...PLAIN, tls: way.tls, target: { use: 'syslog', ...way.receiver, ...own } }),
  ),
  'splunk-hec': refine(
    together({
      target: fields({
        url,
        index: field(printable, 'default', 'index, if not the one of the token'),
        source: field(printable, 'tidegate', 'source of the events'),
        sourcetype: field(printable, 'tidegate:audit', 'source type of the events'),
        ack: field(flag, false, 'whether to wait until events are indexed (indexer acknowledgement)'),
      }),
      tls: tlsFiles,
      source: secretSource,
    }),
    ({ target, tls, source }): TextReading<Reached> => {
      if (source === 'none') return fault('missing_key', 'requires token-file or token-variable', 'none');
      const secret = { source, header: 'authorization', before: 'Splunk ' };
      return { kind: 'value', value: { target: { use: 'splunk-hec', ...target }, tls, headers: {}, secret } };
    },
  ),
  otlp: made(
    together({
      target: fields({ url, encoding: field(word('protobuf', 'json'), 'protobuf', 'encoding of OTLP') }),
      http: httpOptions,
    }),
    ({ target, http }) => ({ ...http, target: { use: 'otlp', ...target } }),
  ),
  webhook: made(
    together({
      target: fields({ url, body: field(word('array', 'lines'), 'array', 'one JSON array, or one record a line') }),
      http: httpOptions,
    }),
    ({ target, http }) => ({ ...http, target: { use: 'webhook', ...target } }),
  ),
  winston: made(
    fields({
      transport: required(transportName, 'winston transport: console, file, http or a package'),
      options: field(winstonOptions, {}, 'options of the transport'),
      confirm: field(unless('default', word('logged', 'callback')), 'default', 'what counts as delivered'),
    }),
    ({ confirm, ...target }) => {
      const isBundled = ['console', 'file', 'http'].includes(target.transport);
      const chosen = confirm === 'default' ? (isBundled ? 'logged' : 'callback') : confirm;
      return { ...PLAIN, target: { use: 'winston', ...target, confirm: chosen } };
    },
  ),
};

/** Turns options that need no further check into what they reach. */
function made<V>(part: Part<V>, make: (value: V) => Reached): Part<Reached> {
  return refine(part, (value) => ({ kind: 'value', value: make(value) }));
}

const batch = mapping(
  fields({
    records: field(count(1, 10_000), 500, 'maximum records of a batch'),
    size: field(size(2 ** 10, 2 ** 26), 2 ** 20, 'maximum size of a batch'),
    wait: field(duration(0, 60_000), 1_000, 'maximum time that the first record waits for others'),
  }),
  ({ records, size: bytes, wait }) =>
    `{records: ${records}, size: ${formatSize(bytes)}, wait: ${formatDuration(wait)}}`,
);

const kind = pattern(/^[a-z][a-z0-9_]{0,63}$/, 'a kind of record, such as decision, close or policy');

/** A sink. No problem repeats the value of an option: it may be a secret. */
export const sink: Kind<SinkConfig> = mapping(
  refine(
    together({
      own: fields({
        name: required(receiverName, 'name of the sink and of its cursor file'),
        format: field(word('own', 'ecs', 'ocsf', 'cef'), 'own', 'format of the records'),
        kinds: field(unless('all', list(kind)), 'all', 'kinds of records that are sent'),
        from: field(word('oldest', 'now'), 'oldest', 'where a sink without a cursor starts'),
        refused: field(word('retry', 'skip'), 'retry', 'what to do with a record that the receiver never accepts'),
        batch: field(batch, { records: 500, size: 2 ** 20, wait: 1_000 }, 'limits of a batch'),
        timeout: field(duration(1_000, 300_000), 30_000, 'time limit for one batch'),
      }),
      reached: byUse(options),
    }),
    ({ own, reached }): TextReading<SinkConfig> => {
      const { refused: onRefused, batch: limits, timeout: timeoutMs, ...others } = own;
      const { records, size: bytes, wait: waitMs } = limits;
      return {
        kind: 'value',
        value: { ...others, onRefused, limits: { records, bytes, waitMs }, timeoutMs, ...reached },
      };
    },
  ),
  ({ name }) => name,
);
