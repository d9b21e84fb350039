import { parseAddress, parseHost } from '../address/index.js';
import type { SecretSource, SinkConfig, TlsFiles } from './config.js';
import { Members } from './members.js';
import {
  count,
  duration,
  isMapping,
  listOf,
  pathFrom,
  type Reader,
  size,
  transport,
  type Value,
  word,
  wrong,
  yesOrNo,
} from './values.js';

const uses = ['file', 'syslog', 'splunk-hec', 'otlp', 'webhook', 'winston'] as const;

/** What options say: where to, how secured, with what besides. */
type Reached = Pick<SinkConfig, 'target' | 'tls' | 'headers' | 'secret'>;

const nothing = { tls: 'plain', headers: {}, secret: { source: 'none', header: '', before: '' } } as const;

/** Reads one sink. Paths in it are taken from `folder`. Never repeats an option's value: it may be a secret. */
export function sinkFrom(folder: string): Reader<SinkConfig> {
  return (raw) => {
    if (!isMapping(raw)) return wrong(`must be {name: …, use: ${uses.join(', ')}, options: {…}}`);
    const members = new Members(raw);
    const name = members.need('name', nameOf, '');
    const use = members.need('use', word(...uses), 'file');
    const batch = members.get('batch', batchLimits, DEFAULT_LIMITS);
    // What its options may be depends on a use that is known.
    const known = uses.some((each) => each === raw['use']);
    const options: Reader<Reached> = known
      ? (given) => reachedBy(use, given, folder)
      : () => ({ kind: 'value', value: FILE });
    const reached = members.need('options', options, FILE);
    return members.end({
      name,
      format: members.get('format', word('own', 'ecs', 'ocsf', 'cef'), 'own'),
      kinds: members.get(
        'kinds',
        listOf(kind, (each) => each),
        'all',
      ),
      from: members.get('from', word('oldest', 'now'), 'oldest'),
      onRefused: members.get('refused', word('retry', 'skip'), 'retry'),
      limits: batch,
      timeoutMs: members.get('timeout', duration(1_000, 300_000), 30_000),
      ...reached,
    });
  };
}

const FILE: Reached = { target: { use: 'file', path: '' }, ...nothing };
const DEFAULT_LIMITS = { records: 500, bytes: 2 ** 20, waitMs: 1_000 };

const nameOf = textLike(
  /^[a-z0-9][a-z0-9-]{0,62}$/,
  'must be of a-z, 0-9 and hyphens: its cursor is a file of this name',
);
const kind = textLike(/^[a-z][a-z0-9_]{0,63}$/, 'must be a kind of record, such as decision, close or policy');
const printable = textLike(/^[!-~]{1,255}$/, 'must be printable ASCII without spaces');
const variable = textLike(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable');
const headerName = textLike(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, 'must be the name of a header');

const batchLimits: Reader<SinkConfig['limits']> = (raw) => {
  if (!isMapping(raw)) return wrong('must be {records: 500, size: 1MiB, wait: 1s}');
  const members = new Members(raw);
  return members.end({
    records: members.get('records', count(1, 10_000), DEFAULT_LIMITS.records),
    bytes: members.get('size', size(2 ** 10, 2 ** 26), DEFAULT_LIMITS.bytes),
    waitMs: members.get('wait', duration(0, 60_000), DEFAULT_LIMITS.waitMs),
  });
};

function reachedBy(use: (typeof uses)[number], raw: unknown, folder: string): Value<Reached> {
  if (!isMapping(raw)) return wrong('must be a map');
  const members = new Members(raw);
  switch (use) {
    case 'file':
      return members.end({ target: { use, path: members.need('path', pathFrom(folder), '') }, ...nothing });
    case 'syslog':
      return members.end(syslog(members, folder));
    case 'splunk-hec':
      return members.end(splunk(members, folder));
    case 'otlp': {
      const encoding = members.get('encoding', word('protobuf', 'json'), 'protobuf');
      return members.end({
        target: { use, url: members.need('url', webAddress, ''), encoding },
        ...overHttp(members, folder),
      });
    }
    case 'webhook': {
      const body = members.get('body', word('array', 'lines'), 'array');
      return members.end({
        target: { use, url: members.need('url', webAddress, ''), body },
        ...overHttp(members, folder),
      });
    }
    case 'winston':
      return members.end(winston(members));
  }
}

function syslog(members: Members, folder: string): Reached {
  const { tls, ...receiver } = syslogReceiver(members, folder);
  const target = { use: 'syslog', ...receiver, app: members.get('app', printable, 'tidegate') } as const;
  return { ...nothing, target, tls };
}

/** Reads which receiver of syslog is meant, and how the way there is secured. */
export function syslogReceiver(members: Members, folder: string) {
  const secured = members.get('tls', yesOrNo, true);
  const files = tlsFiles(members, folder);
  if (!secured && ['ca-file', 'cert-file', 'key-file', 'server-name'].some((key) => members.has(key)))
    members.wrong(['tls'], 'is off: files for it have no meaning then');
  return {
    host: members.need('host', host, ''),
    port: members.get('port', count(1, 65_535), secured ? 6514 : 514),
    // RFC 5424 §6.2.1: log audit.
    facility: members.get('facility', count(0, 23), 13),
    tls: secured ? files : ('plain' as const),
  };
}

function splunk(members: Members, folder: string): Reached {
  const target = {
    use: 'splunk-hec',
    url: members.need('url', webAddress, ''),
    index: members.get('index', printable, 'default'),
    source: members.get('source', printable, 'tidegate'),
    sourcetype: members.get('sourcetype', printable, 'tidegate:audit'),
    ack: members.get('ack', yesOrNo, false),
  } as const;
  const source = secretSource(members, folder);
  if (source === 'none') members.wrong([], 'lacks token-file or token-variable');
  const secret = { source, header: 'authorization', before: 'Splunk ' };
  return { target, tls: tlsFiles(members, folder), headers: {}, secret };
}

function overHttp(members: Members, folder: string): Omit<Reached, 'target'> {
  const source = secretSource(members, folder);
  const header = members.get('token-header', headerName, 'authorization').toLowerCase();
  if (source === 'none' && members.has('token-header'))
    members.wrong(['token-header'], 'has no meaning without a token');
  const before = header === 'authorization' ? 'Bearer ' : '';
  return {
    tls: tlsFiles(members, folder),
    headers: members.get('headers', headers, {}),
    secret: { source, header, before },
  };
}

function winston(members: Members): Reached {
  const options: Reader<Readonly<Record<string, unknown>>> = (raw) => {
    if (!isMapping(raw)) return wrong('must be a map');
    const [forbidden] = ['format', 'level', 'silent'].filter((key) => Object.hasOwn(raw, key));
    return forbidden === undefined
      ? { kind: 'value', value: raw }
      : wrong(`cannot hold ${forbidden}: every record goes there, as it is`);
  };
  const name: Reader<string> = (raw) => {
    const read = transport({ use: raw });
    return read.kind === 'value'
      ? { kind: 'value', value: read.value.use }
      : wrong('must be console, file, http or a package');
  };
  const named = members.need('transport', name, '');
  const own = ['console', 'file', 'http'].includes(named);
  const target = {
    use: 'winston',
    transport: named,
    options: members.get('options', options, {}),
    confirm: members.get('confirm', word('logged', 'callback'), own ? 'logged' : 'callback'),
  } as const;
  return { ...nothing, target };
}

/** Reads which files TLS is set up with. */
export function tlsFiles(members: Members, folder: string): TlsFiles {
  const file = pathFrom(folder);
  const caFile = members.get('ca-file', file, 'none' as const);
  const certFile = members.get('cert-file', file, 'none' as const);
  const keyFile = members.get('key-file', file, 'none' as const);
  if (members.has('cert-file') !== members.has('key-file'))
    members.wrong([], 'has one of cert-file and key-file: a certificate and its key belong together');
  return {
    caFile,
    identity: certFile === 'none' || keyFile === 'none' ? 'none' : { certFile, keyFile },
    serverName: members.get('server-name', host, 'host' as const),
  };
}

/** Reads where a secret is kept. */
export function secretSource(members: Members, folder: string): SecretSource {
  const path = members.get('token-file', pathFrom(folder), 'none' as const);
  const name = members.get('token-variable', variable, 'none' as const);
  if (members.has('token-file') && members.has('token-variable'))
    members.wrong(['token-variable'], 'is one way too many: token-file is there');
  if (path !== 'none') return { kind: 'file', path };
  return name === 'none' ? 'none' : { kind: 'variable', name };
}

const host: Reader<string> = (raw) => {
  const text = typeof raw === 'string' ? raw : '';
  const address = parseAddress(text);
  if (address.kind === 'parsed') return { kind: 'value', value: address.value.text };
  const read = parseHost(text);
  if (read.kind === 'malformed' || read.value.kind === 'address') return wrong('must be a name or an address');
  return { kind: 'value', value: read.value.name };
};

/** Reads an address of the web that holds no secret. */
export const webAddress: Reader<string> = (raw) => {
  const form = 'must be an address such as https://siem.corp.example:8088/path';
  const url = typeof raw === 'string' && URL.canParse(raw) ? new URL(raw) : 'none';
  if (url === 'none' || !/^https?:$/.test(url.protocol)) return wrong(form);
  if (url.username !== '' || url.password !== '') return wrong('must not hold a user or password: use token-file');
  if (url.hash !== '') return wrong(form);
  return { kind: 'value', value: url.href };
};

const OURS = ['authorization', 'connection', 'content-length', 'content-type', 'host', 'transfer-encoding'];

const headers: Reader<Readonly<Record<string, string>>> = (raw) => {
  if (!isMapping(raw)) return wrong('must be a map of names to texts');
  const members = new Members(raw);
  const read = Object.keys(raw).map((key) => [key.toLowerCase(), members.get(key, headerValue, '')] as const);
  for (const key of Object.keys(raw)) {
    if (headerName(key).kind === 'wrong') members.wrong([key], 'is no name of a header');
    if (OURS.includes(key.toLowerCase())) members.wrong([key], 'cannot be set here; a token is named by token-file');
  }
  return members.end(Object.fromEntries(read));
};

const headerValue = textLike(/^[ -~]{0,4096}$/, 'must be a text of printable ASCII');

/** Reads a text of some form. */
export function textLike(form: RegExp, detail: string): Reader<string> {
  return (raw) => (typeof raw === 'string' && form.test(raw) ? { kind: 'value', value: raw } : wrong(detail));
}
