/**
 * Maintenance of closed segments: they are compressed, and the oldest ones removed when they need not be kept any more.
 *
 * What it refuses to know: how lines are written to the disk. It reads closed segments and asks for a line to be written;
 * nothing waits for it. Start at `maintenance.ts`; `clock-watch.ts` says when ages can be trusted.
 */
export { ClockWatch, releaseOf, type ClockEvent, type WatchStart } from './clock-watch.js';
export { Maintenance } from './maintenance.js';
export type { RetentionOptions } from './removal.js';
export { checkStartClock } from './start-clock.js';
