/**
 * What all readers of protocols share: the type of their results, and a reader of numbers and vectors. The readers are the
 * rooms inside: bytes to facts and back, never sockets, policy or time. Start at `reading.ts`.
 */
export { ByteReader } from './byte-reader.js';
export { FOREIGN, malformed, type Malformed, type Reading, type PinReading, type Whole } from './reading.js';
