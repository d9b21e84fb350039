/**
 * A socket read by asking, and what is read off one or moved between two: bodies, and an origin's answer. Knows HTTP's
 * framing, and neither policy, records nor why anything is sent. Start at `wire.ts`.
 */
export { readAnswer } from './origin-answer.js';
export type { OriginAnswer } from './origin-answer.js';
export { pump } from './pump.js';
export type { Pumped, PumpLimits } from './pump.js';
export { Wire } from './wire.js';
export type { Farewell, Sent, Waited } from './wire.js';
