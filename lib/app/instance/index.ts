/**
 * The proxy as a process: its parts opened in order and wired, its signals, its start and its end. The only place where
 * journal, policies, users and proxy meet. Knows no command line: a start that fails carries a reason. Start at
 * `run-instance.ts`, then `instance.ts`.
 */
export type { Instance } from './instance.js';
export { runInstance, type RunOutcome } from './run-instance.js';
export { unsafeFlags } from './unsafe-flags.js';
