/**
 * The answer that all readers of a tunnel's protocols give. The readers are the rooms inside: bytes to facts and back,
 * never sockets, policy or time. (`http` has an answer of its own, since its refusals carry a status.)
 */
export type { Malformed, Reading } from './reading.js';
