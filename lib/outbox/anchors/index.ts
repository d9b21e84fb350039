/**
 * Signed checkpoints kept elsewhere: each is handed to every anchor, so that nobody who holds this machine, and the key,
 * can change what was recorded before it. An anchor that is behind gets the newest one only: it speaks of all lines
 * before it, and so of those that the skipped ones spoke of.
 *
 * What it refuses to know: how checkpoints are made, and what a journal is. Start at `anchors.ts`, then `feed.ts` (one
 * anchor's life) and `memory.ts` (what it has accepted, over restarts); `places.ts` has the kinds of anchors.
 */
export { startAnchors, type Anchors, type AnchorsOptions } from './start-anchors.js';
export type { AnchorEvent, AnchorStatus } from './anchor-feed.js';
export type { AnchorTarget, AnchorParts, AnchorSetting } from './targets.js';
