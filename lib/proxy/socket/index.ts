/**
 * A socket that is read on request, and the one-shot events that end a wait for it. Knows neither protocols nor policy.
 * Start at `buffered-socket.ts`.
 */
export { BufferedSocket } from './buffered-socket.js';
export type { AfterRequest, TunnelRefusal } from './buffered-socket.js';
export { OneShot } from './one-shot.js';
export { deadlineIn, passOn, readWithin } from './read-within.js';
export type { Deadline, ReadResult } from './read-within.js';
