/**
 * An attempt's papers: what is known of it so far, its decision record before anything leaves, its close record at the
 * end, each written at most once. Knows no socket's bytes and decides nothing. Start at `attempt-log.ts`.
 */
export type { Ending, AttemptLogContext } from './context.js';
export { zeroCounters } from './counters.js';
export type { CheckCounts } from './counters.js';
export { AttemptLog } from './attempt-log.js';
