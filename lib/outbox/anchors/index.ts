/**
 * Signed checkpoints kept elsewhere: an anchor is a sink whose only record is the newest checkpoint, so that a holder of
 * this machine and of its key cannot change unnoticed what was recorded before. One that is behind gets the newest one
 * only, which covers all lines of those before it.
 *
 * It does not know how checkpoints are made or what a journal is. Start at `start-anchors.ts`, then `anchor-feed.ts` (the
 * life of one anchor) and `anchor-memory.ts` (what it has, over restarts); `targets.ts` has the kinds of anchors.
 */
export type { AnchorEvent, AnchorStatus } from './anchor-feed.js';
export { type Anchors, startAnchors } from './start-anchors.js';
export type { AnchorSetting, AnchorTarget } from './targets.js';
