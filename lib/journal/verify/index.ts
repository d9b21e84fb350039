/**
 * Whether a journal is what was written: the chain of its lines, its tree, its signed checkpoints and what was kept of them
 * elsewhere; the first line at fault, and what exactly is proven, up to when, and what is not.
 *
 * Reads only, in constant memory. What it refuses to know: what the lines mean. Start at `report.ts` (the answers), then
 * `verify.ts`; `classify.ts` finds what was done to a journal that does not hold.
 */
export { readAnchors, type Anchor } from './anchors.js';
export type { FaultKind, KeyUse, Notice, Verification } from './report.js';
export { verifyJournal, type VerifyOptions } from './verify.js';
