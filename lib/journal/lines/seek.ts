import { LINE_BYTES, parseHead, type Head } from './line.js';
import { readBytes, withText, type SegmentText } from '../bytes/index.js';
import type { Segment } from './segments.js';

/** A range of this size is read faster than it is searched. */
const NEAR = 64 * 1024;

/** Gives the index of the last segment that begins at or before a sequence number; 0 if there is none. */
export async function lastBeginningBy(segments: readonly Segment[], seq: number): Promise<number> {
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const segment = segments[middle];
    const first = segment === undefined ? 'malformed' : await firstHead(segment);
    // Where a first line is unreadable the search continues to the left: reading more than needed is never wrong.
    if (first !== 'malformed' && first.seq <= seq) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Bytes of a segment between which lines are. `atEnd`: up to the end of the segment, however much it grows. */
interface SeekRange {
  readonly from: number;
  readonly to: number;
  readonly atEnd: boolean;
}

/**
 * Finds where the lines from one sequence number on and before another are, roughly: `from` is where a line begins, and
 * lines from `to` on are all later. Trusts the numbers: in a damaged segment the range may be wider, never wrong.
 */
export async function seek(segment: Segment, fromSeq: number, beforeSeq: number): Promise<SeekRange> {
  return withText(segment, async (text) => {
    const size = await text.size();
    const from = fromSeq <= 1 ? 0 : (await narrow(text, size, fromSeq)).from;
    // A line that begins before the end of the narrowed range may end so much later.
    const to = beforeSeq === Infinity ? size : Math.min(size, (await narrow(text, size, beforeSeq)).to + LINE_BYTES);
    return { from, to, atEnd: to === size };
  });
}

async function narrow(text: SegmentText, size: number, seq: number): Promise<Pick<SeekRange, 'from' | 'to'>> {
  let from = 0;
  let to = size;
  while (to - from > NEAR) {
    const middle = Math.floor((from + to) / 2);
    const line = await lineAfter(text, middle);
    if (line === 'none') break;
    if (line.seq <= seq) from = line.offset;
    else to = middle;
  }
  return { from, to };
}

/** Reads the head of a segment's first line; `'malformed'` where it has none. */
export async function firstHead(segment: Segment): Promise<Head | 'malformed'> {
  return parseHead(await readBytes(segment, 0, LINE_BYTES));
}

async function lineAfter(text: SegmentText, offset: number): Promise<{ seq: number; offset: number } | 'none'> {
  const bytes = await text.read(offset, 2 * LINE_BYTES);
  const start = bytes.indexOf(0x0a) + 1;
  const head = start === 0 ? 'malformed' : parseHead(bytes.subarray(start));
  return head === 'malformed' ? 'none' : { seq: head.seq, offset: offset + start };
}
