/**
 * A socket read by asking, and what is read off one or moved between two: bodies, and an origin's answer. Knows HTTP's
 * framing, and neither policy, records nor why anything is sent. Start at `buffered-socket.ts`.
 */
export { readOriginResponse } from './origin-response.js';
export type { OriginResponse } from './origin-response.js';
export { pump } from './pump.js';
export type { PumpResult, PumpLimits } from './pump.js';
export { deadlineIn, readWithin } from './read-within.js';
export type { Deadline, ReadResult } from './read-within.js';
export { BufferedSocket } from './buffered-socket.js';
export type { TunnelRefusal, SendResult, WaitResult } from './buffered-socket.js';
