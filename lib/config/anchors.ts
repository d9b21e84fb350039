import type { AnchorTarget, ReceiverConfig } from '../outbox/index.js';
import type { TextReading } from '../text/index.js';
import { byUse, field, fields, mapping, type Part, refine, required, together } from './fields.js';
import { duration, failed, type Kind, path, problem } from './kinds.js';
import { webAddress } from './network.js';
import { bearer, PLAIN, receiverName, secretSource, syslogReceiver, tlsFiles } from './receivers.js';

/** One receiver of checkpoints, outside this machine. */
export interface AnchorConfig extends ReceiverConfig {
  readonly name: string;
  readonly target: AnchorTarget;
}

type Reached = Omit<AnchorConfig, 'name' | 'timeoutMs'>;

const options: Readonly<Record<AnchorTarget['use'], Part<Reached>>> = {
  file: refine(fields({ path: required(path, 'file that checkpoints are appended to') }), (target) => ({
    kind: 'value',
    value: { ...PLAIN, target: { use: 'file', ...target } },
  })),
  syslog: refine(syslogReceiver, ({ receiver, tls }) => ({
    kind: 'value',
    value: { ...PLAIN, tls, target: { use: 'syslog', ...receiver } },
  })),
  http: refine(
    together({
      target: fields({ url: required(webAddress, 'address that checkpoints are posted to') }),
      tls: tlsFiles,
      source: secretSource,
    }),
    ({ target, tls, source }): TextReading<Reached> =>
      source !== 'none' && target.url.startsWith('http:')
        ? failed([problem(['url'], 'a token requires https', 'without TLS, everyone on the network path can read it')])
        : { kind: 'value', value: { ...PLAIN, target: { use: 'http', ...target }, tls, secret: bearer(source) } },
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
