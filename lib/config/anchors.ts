import type { TextReading } from '../text/index.js';
import { byUse, field, fields, mapping, type Part, refine, required, together } from './fields.js';
import { duration, failed, type Kind, path, problem } from './kinds.js';
import { webAddress } from './network.js';
import {
  bearer,
  NO_SECRET,
  receiverName,
  type SecretHeader,
  secretSource,
  syslogReceiver,
  type TlsFiles,
  tlsFiles,
} from './receivers.js';

/** Where an anchor keeps checkpoints. */
type AnchorTarget =
  | { readonly use: 'file'; readonly path: string }
  | { readonly use: 'syslog'; readonly host: string; readonly port: number; readonly facility: number }
  | { readonly use: 'http'; readonly url: string };

interface Reached {
  readonly place: AnchorTarget;
  readonly tls: TlsFiles | 'plain';
  readonly secret: SecretHeader;
}

/** One place outside this machine that gets every checkpoint. */
export interface AnchorConfig extends Reached {
  readonly name: string;
  readonly timeoutMs: number;
}

const options: Readonly<Record<AnchorTarget['use'], Part<Reached>>> = {
  file: refine(fields({ path: required(path, 'file that checkpoints are appended to') }), (place) => ({
    kind: 'value',
    value: { place: { use: 'file', ...place }, tls: 'plain', secret: NO_SECRET },
  })),
  syslog: refine(syslogReceiver, ({ receiver, tls }) => ({
    kind: 'value',
    value: { place: { use: 'syslog', ...receiver }, tls, secret: NO_SECRET },
  })),
  http: refine(
    together({
      place: fields({ url: required(webAddress, 'address that checkpoints are posted to') }),
      tls: tlsFiles,
      source: secretSource,
    }),
    ({ place, tls, source }): TextReading<Reached> =>
      source !== 'none' && place.url.startsWith('http:')
        ? failed([problem(['url'], 'a token requires https', 'without TLS, everyone on the network path can read it')])
        : { kind: 'value', value: { place: { use: 'http', ...place }, tls, secret: bearer(source) } },
  ),
};

/** An anchor. No problem repeats the value of an option: it may be a secret. */
export const anchor: Kind<AnchorConfig> = mapping(
  refine(
    together({
      own: fields({
        name: required(receiverName, 'name of the anchor and of its state file'),
        timeout: field(duration(1_000, 120_000), 10_000, 'time limit for one checkpoint'),
      }),
      reached: byUse(options),
    }),
    ({ own, reached }) => ({ kind: 'value', value: { name: own.name, timeoutMs: own.timeout, ...reached } }),
  ),
  ({ name }) => name,
);
