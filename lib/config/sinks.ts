import type { ReceiverConfig, SinkTarget } from '../outbox/index.js';
import { fault } from '../text/index.js';
import { field, fields, map, mapping, refine, required, together } from './fields.js';
import { count, duration, failed, flag, type Kind, list, path, pattern, problem, size, unless, word } from './kinds.js';
import { headerName, headers, webAddress } from './network.js';
import {
  bearer,
  byReceiver,
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

const printable = pattern(/^[!-~]{1,255}$/, 'printable ASCII without spaces');

const BEARER = 'Authorization: Bearer';

/** The options of every request to a receiver over HTTP. */
const httpOptions = refine(
  together({
    tls: tlsFiles,
    source: secretSource,
    own: fields({
      headers: field(headers, new Map(), 'headers sent with every request'),
      'token-header': field(unless(BEARER, headerName), BEARER, 'header that the token is sent in, without a prefix'),
    }),
  }),
  ({ tls, source, own: { headers: given, 'token-header': header } }) => {
    if (source === 'none' && header !== BEARER)
      return failed([problem(['token-header'], 'requires token-file or token-variable')]);
    const isBearer = header === BEARER || header === 'authorization';
    const secret = isBearer ? bearer(source) : { source, header, before: '' };
    return { kind: 'value', value: { tls, headers: Object.fromEntries(given), secret } };
  },
);

const url = required(webAddress, 'address that records are sent to');

const reached = byReceiver<SinkTarget>({
  file: map(fields({ path: required(path, 'file that records are appended to') }), (target) => ({
    target: { use: 'file', ...target },
  })),
  syslog: map(
    together({
      receiver: syslogReceiver,
      own: fields({ app: field(printable, 'tidegate', 'application name in every message') }),
    }),
    ({ receiver: { target, tls }, own: options }) => ({ tls, target: { use: 'syslog', ...target, ...options } }),
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
    ({ target, tls, source }) => {
      if (source === 'none') return fault('missing_key', 'requires token-file or token-variable', 'none');
      const secret = { source, header: 'authorization', before: 'Splunk ' };
      return { kind: 'value', value: { target: { use: 'splunk-hec', ...target }, tls, secret } };
    },
  ),
  otlp: map(
    together({
      target: fields({ url, encoding: field(word('protobuf', 'json'), 'protobuf', 'encoding of OTLP') }),
      http: httpOptions,
    }),
    ({ target, http }) => ({ ...http, target: { use: 'otlp', ...target } }),
  ),
  webhook: map(
    together({
      target: fields({ url, body: field(word('array', 'lines'), 'array', 'one JSON array, or one record a line') }),
      http: httpOptions,
    }),
    ({ target, http }) => ({ ...http, target: { use: 'webhook', ...target } }),
  ),
  winston: map(
    fields({
      transport: required(transportName, 'winston transport: console, file, http or a package'),
      options: field(winstonOptions, {}, 'options of the transport'),
      confirm: field(unless('default', word('logged', 'callback')), 'default', 'what counts as delivered'),
    }),
    ({ confirm, ...target }) => {
      const isBundled = ['console', 'file', 'http'].includes(target.transport);
      const chosen = confirm === 'default' ? (isBundled ? 'logged' : 'callback') : confirm;
      return { target: { use: 'winston', ...target, confirm: chosen } };
    },
  ),
});

const bytes = size(2 ** 10, 2 ** 26);
const waiting = duration(0, 60_000);

const batch = mapping(
  fields({
    records: field(count(1, 10_000), 500, 'maximum records of a batch'),
    size: field(bytes, 2 ** 20, 'maximum size of a batch'),
    wait: field(waiting, 1_000, 'maximum time that the first record waits for others'),
  }),
  (limits) => `{records: ${limits.records}, size: ${bytes.show(limits.size)}, wait: ${waiting.show(limits.wait)}}`,
);

const kind = pattern(/^[a-z][a-z0-9_]{0,63}$/, 'a kind of record, such as decision, close or policy');

const own = fields({
  name: required(receiverName, 'name of the sink and of its cursor file'),
  format: field(word('own', 'ecs', 'ocsf', 'cef'), 'own', 'format of the records'),
  kinds: field(unless('all', list(kind)), 'all', 'kinds of records that are sent'),
  from: field(word('oldest', 'now'), 'oldest', 'where a sink without a cursor starts'),
  refused: field(word('retry', 'skip'), 'retry', 'what to do with a record that the receiver never accepts'),
  batch: field(batch, { records: 500, size: 2 ** 20, wait: 1_000 }, 'limits of a batch'),
  timeout: field(duration(1_000, 300_000), 30_000, 'time limit for one batch'),
});

/** A sink. No problem repeats the value of an option: it may be a secret. */
export const sink: Kind<SinkConfig> = mapping(
  map(together({ own, reached }), ({ own: { refused, batch: most, timeout, ...others }, reached: receiver }) => {
    const limits = { records: most.records, bytes: most.size, waitMs: most.wait };
    return { ...others, onRefused: refused, limits, timeoutMs: timeout, ...receiver };
  }),
  ({ name }) => name,
);
