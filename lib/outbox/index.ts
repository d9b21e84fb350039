/**
 * What leaves this machine besides the traffic: sinks, which get the records of the journal, and anchors, which keep its
 * signed checkpoints.
 *
 * It does not know what a record means or how it is written (that is handed in), and it never changes the journal. Start at
 * `start-sinks.ts` and `feed/sink-feed.ts` (the life of a batch), then `anchors/anchor-feed.ts`. Rooms inside: `feed` reads
 * the journal and delivers, `sinks` has the kinds of sink, `anchors` the newest checkpoint elsewhere, `receivers` the ways
 * to bring bytes to other systems.
 */
export {
  startAnchors,
  type AnchorEvent,
  type AnchorSetting,
  type AnchorStatus,
  type Anchors,
} from './anchors/index.js';
export type { AnchorTarget } from './anchors/index.js';
export type { SinkEvent, SinkStatus } from './feed/index.js';
export { type LoadedTransport, ordinaryTrust, readTrust, type Secret, secretInFile } from './receivers/index.js';
export type { SinkParts, SinkTarget } from './sinks/index.js';
export { startSinks, type Sinks, type SinkSetting } from './start-sinks.js';
