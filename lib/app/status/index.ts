/**
 * The status of a running instance: its facts as one line of JSON, served through a socket in the state folder to the
 * owner only. Start at `status.ts` (the shape); then `status-of.ts`, and the two ends, `serve-status.ts` and
 * `request-status.ts`.
 */
export { requestStatus, type StatusAnswer } from './request-status.js';
export { serveStatus } from './serve-status.js';
export type { Status } from './status.js';
export { statusOf } from './status-of.js';
