/**
 * The status of a running instance: its facts as one line of JSON, served through a socket in the state folder to the
 * owner only. The socket takes a request line too; what requests there are is up to others. Start at `status.ts` (the
 * shape); then `status-of.ts`, and the two ends, `serve-status.ts` and `send-request.ts`.
 */
export { requestStatus, type StatusAnswer } from './request-status.js';
export { sendRequest } from './send-request.js';
export { serveStatus } from './serve-status.js';
export type { Status } from './status.js';
export { statusOf } from './status-of.js';
