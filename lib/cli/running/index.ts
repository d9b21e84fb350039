/**
 * The proxy as a process: its parts opened in order and wired, its signals, what it says at its start, its end. The only
 * place where journal, policies, users and proxy meet. Start at `run.ts`, then `instance.ts`.
 */
export { run } from './run.js';
export { secretOf } from './sinks-part.js';
export { unsafeFlags } from './unsafe-flags.js';
