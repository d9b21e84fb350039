/**
 * The journal's files as bytes: how a line is made and read, how lines and segments follow one another, and every way to
 * read them back, forwards, backwards, as they come, or line by line to see that the chain holds.
 *
 * What it refuses to know: how lines get to the disk. It never changes a file. What is written down here for people who
 * write their own readers is `docs/journal-format.md`. Start at `line.ts`, then `segments.ts`; `read.ts` is what callers use.
 */
export { followJournal } from './follow.js';
export {
  BEFORE_FIRST,
  CHECKPOINT_KIND,
  CLOCK_KIND,
  encodeContent,
  FORMAT_VERSION,
  GAP_KIND,
  hashLine,
  isKind,
  isOwnKind,
  LINE_BYTES,
  LINE_START,
  parseForm,
  parseHead,
  parseLine,
  RECOVER_KIND,
  RETENTION_KIND,
  sealLine,
  SEGMENT_KIND,
  withContent,
  type EncodedContent,
  type FormedLine,
  type Link,
  type ParsedLine,
} from './line.js';
export { firstHead } from './seek.js';
export { rawLines, type RawLine } from './raw-lines.js';
export {
  newestFormat,
  readBackwards,
  readJournal,
  readLast,
  type Line,
  type ReadLine,
  type ReadRange,
} from './read.js';
export {
  checkLink,
  lineEndingAt,
  linkContent,
  listBegun,
  listSegments,
  readLink,
  segmentAt,
  sizeOf,
  type Damage,
  type Damaged,
  type Previous,
  type Segment,
} from './segments.js';
export { BATCH_BYTES, judgeRest, readAfter, readTail, type SegmentTail } from './tail.js';
