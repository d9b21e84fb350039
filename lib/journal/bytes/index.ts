/**
 * The bytes of a segment, as its lines were written, whether it lies there plain, compressed by tidegate, or compressed by
 * another program.
 *
 * What it refuses to know: lines. Start at `segment-text.ts`; `members.ts` has the form of what tidegate compresses.
 */
export { readChunk, sealMember } from './members.js';
export { openCompressed, openText, readBytes, readRange, withText, type SegmentText } from './segment-text.js';
