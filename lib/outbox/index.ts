/**
 * What leaves this machine apart from traffic: sinks get the records of the journal, and anchors its newest signed
 * checkpoint.
 *
 * It does not know what a record means or how it is written (that is handed in), and it never changes the journal. Start at
 * `start-sinks.ts` and `feed/sink-feed.ts` (the life of a batch), then `anchors/anchor-feed.ts`. Rooms inside: `feed` reads
 * the journal, `anchors` keeps the newest checkpoint elsewhere, `delivery` sends until the receiver has what it was sent,
 * `sinks` has the kinds of sink, `receivers` the ways to bring bytes to other systems.
 */
export {
  type AnchorEvent,
  type Anchors,
  type AnchorSetting,
  type AnchorStatus,
  type AnchorTarget,
  startAnchors,
} from './anchors/index.js';
export type { SinkEvent, SinkStatus } from './feed/index.js';
export { createHostLookup } from './host-lookup.js';
export { openReceiver, type ReceiverConfig, type SecretSource, type TrustFiles } from './receivers/index.js';
export { type SinkTarget, transportLoader } from './sinks/index.js';
export { startSinks, type Sinks, type SinkSetting } from './start-sinks.js';
