import type { AnchorTarget, ReceiverConfig } from '../outbox/index.js';
import { fields, field, map, mapping, refine, required, together } from './fields.js';
import { duration, failed, type Kind, path, problem } from './kinds.js';
import { webAddress } from './network.js';
import { bearer, byReceiver, receiverName, secretSource, syslogReceiver, tlsFiles } from './receivers.js';

/** One receiver of checkpoints, outside this machine. */
export interface AnchorConfig extends ReceiverConfig {
  readonly name: string;
  readonly target: AnchorTarget;
}

const reached = byReceiver<AnchorTarget>({
  file: map(fields({ path: required(path, 'file that checkpoints are appended to') }), (target) => ({
    target: { use: 'file', ...target },
  })),
  syslog: map(syslogReceiver, ({ target, tls }) => ({ tls, target: { use: 'syslog', ...target } })),
  http: refine(
    together({
      target: fields({ url: required(webAddress, 'address that checkpoints are posted to') }),
      tls: tlsFiles,
      source: secretSource,
    }),
    ({ target, tls, source }) =>
      source !== 'none' && target.url.startsWith('http:')
        ? failed([problem(['url'], 'a token requires https', 'without TLS, everyone on the network path can read it')])
        : { kind: 'value', value: { target: { use: 'http', ...target }, tls, secret: bearer(source) } },
  ),
});

const own = fields({
  name: required(receiverName, 'name of the anchor and of its state file'),
  timeout: field(duration(1_000, 120_000), 10_000, 'time limit for one checkpoint'),
});

/** An anchor. No problem repeats the value of an option: it may be a secret. */
export const anchor: Kind<AnchorConfig> = mapping(
  map(together({ own, reached }), ({ own: { name, timeout }, reached: receiver }) => {
    return { name, timeoutMs: timeout, ...receiver };
  }),
  ({ name }) => name,
);
