/**
 * The log of one attempt: what is known of it so far, its decision record before anything leaves, its close record at the
 * end, each written at most once. Reads no traffic and decides nothing. Start at `attempt-log.ts`.
 */
export { AttemptLog } from './attempt-log.js';
export type { AttemptEnd, AttemptLogContext } from './context.js';
export { zeroCounters } from './counters.js';
export { OpenAttempts } from './open-attempts.js';
export { RecordingTrouble } from './recording-trouble.js';
export type { AttemptCounters } from './counters.js';
