import { LINE_BYTES, parseHead } from './line.js';
import { openText, type SegmentText } from './members.js';
import type { Segment } from './segments.js';

/** Close enough: from here on reading is faster than looking. */
const NEAR = 64 * 1024;

/** Gives the index of the last segment whose first line is not after a line; 0 if there is none, or no segment. */
export async function lastBeginningBy(segments: readonly Segment[], seq: number): Promise<number> {
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const segment = segments[middle];
    const first = segment === undefined ? 'none' : await firstLine(segment);
    // A first line that cannot be read tells nothing, so the search goes on to the left: reading more is never wrong.
    if (first !== 'none' && first.seq <= seq) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Where in a segment to look for a line. `atEnd`: up to the end of the segment. */
export interface SeekRange {
  readonly from: number;
  readonly to: number;
  readonly atEnd: boolean;
}

/**
 * Finds a line in a segment by its number, roughly: it begins at or after `from`, which is where a line begins, and lines
 * from `to` on are all after it. Trusts the numbers: in a damaged segment the way may be longer, never wrong.
 */
export async function seek(segment: Segment, seq: number): Promise<SeekRange> {
  return within(segment, (text) => seekIn(text, seq));
}

async function seekIn(text: SegmentText, seq: number): Promise<SeekRange> {
  const size = await text.size();
  let from = 0;
  let to = size;
  while (to - from > NEAR) {
    const middle = Math.floor((from + to) / 2);
    const line = await lineAfter(text, middle);
    if (line === 'none') break;
    if (line.seq <= seq) from = line.offset;
    else to = middle;
  }
  // A line that begins before `to` may end so much later.
  to = Math.min(size, to + LINE_BYTES);
  return { from, to, atEnd: to === size };
}

function firstLine(segment: Segment): Promise<LineStart | 'none'> {
  return within(segment, (text) => lineAfter(text, 0));
}

async function within<T>(segment: Segment, look: (text: SegmentText) => Promise<T>): Promise<T> {
  const text = await openText(segment.path);
  try {
    return await look(text);
  } finally {
    await text.close();
  }
}

interface LineStart {
  readonly seq: number;
  readonly offset: number;
}

async function lineAfter(text: SegmentText, offset: number): Promise<LineStart | 'none'> {
  const bytes = await text.read(offset, 2 * LINE_BYTES);
  const start = offset === 0 ? 0 : bytes.indexOf(0x0a) + 1;
  const head = offset > 0 && start === 0 ? 'malformed' : parseHead(bytes.subarray(start));
  return head === 'malformed' ? 'none' : { seq: head.seq, offset: offset + start };
}
