import {
  BEFORE_FIRST,
  faultInLink,
  hashLine,
  LINE_BYTES,
  listSegments,
  openText,
  parseLine,
  readTail,
  sizeOf,
  type Damage,
  type Link,
  type Previous,
  type Segment,
  type SegmentTail,
} from '../lines/index.js';
import { isPlain } from './plain.js';
import { resumeTree, type ResumedTree } from './resume-tree.js';

/** Where writing goes on: behind a good line of a segment. */
export interface WritePosition {
  readonly segment: Segment;
  /** The time of the segment's first line. */
  readonly begun: string;
  readonly bytes: number;
  /** How many lines the segment has. */
  readonly lines: number;
  readonly last: Link;
  readonly tree: ResumedTree;
}

/** What a crash left behind the last good line of a segment, to be cut off; a segment without any good line goes whole. */
export interface Leftover {
  readonly segment: Segment;
  readonly end: number;
  readonly torn: Buffer;
}

/** How a journal's end is: nothing there yet, good up to a line, or damaged. */
export type Examined =
  | { readonly kind: 'empty'; readonly leftovers: readonly Leftover[] }
  | { readonly kind: 'good'; readonly leftovers: readonly Leftover[]; readonly position: WritePosition }
  | { readonly kind: 'damaged'; readonly damage: Damage };

/**
 * Looks at a journal's end and changes nothing: finds where writing goes on, and what the last batch left torn.
 *
 * Reads the last segment, and the last line of the one before. Throws the system's errors.
 */
export async function examine(directory: string): Promise<Examined> {
  const segments = await listSegments(directory);
  const gap = findGap(segments);
  if (gap !== 'none') return { kind: 'damaged', damage: gap };
  const leftovers: Leftover[] = [];
  for (const [index, segment] of [...segments.entries()].reverse()) {
    const size = await sizeOf(segment);
    const found = size === 0 ? 'empty' : await examineEnd(segment, segments[index - 1]);
    if (found === 'empty') {
      leftovers.push({ segment, end: 0, torn: Buffer.alloc(0) });
      continue;
    }
    if (found.kind === 'damaged') return found;
    const { first, last, rest } = found.tail;
    if (rest.kind === 'torn') leftovers.push({ segment, end: last.end, torn: rest.bytes });
    if (first === 'none') continue;
    const tree = await resumeTree(directory, last);
    if (tree.kind === 'damaged') return tree;
    const position = { segment, begun: first.time, bytes: last.end, lines: last.line, last, tree };
    return { kind: 'good', leftovers, position };
  }
  return { kind: 'empty', leftovers };
}

function damagedAt(segment: Segment, line: number, seq: number, offset: number, detail: string): Damage {
  return { segment: segment.name, line, seq, offset, detail };
}

function findGap(segments: readonly Segment[]): Damage | 'none' {
  const after = segments.find((segment, index) => index > 0 && segments[index - 1]?.number !== segment.number - 1);
  return after === undefined ? 'none' : damagedAt(after, 1, 0, 0, 'the segment before it is missing');
}

type EndExamined =
  { readonly kind: 'damaged'; readonly damage: Damage } | { readonly kind: 'examined'; readonly tail: SegmentTail };

async function examineEnd(segment: Segment, before: Segment | undefined): Promise<EndExamined> {
  const previous = before === undefined ? 'none' : await endOf(before);
  if (previous !== 'none' && 'detail' in previous) return { kind: 'damaged', damage: previous };
  const tail = await readTail(segment, expectedBefore(segment, previous));
  if (tail.rest.kind === 'damaged') return tail.rest;
  if (tail.rest.kind === 'torn' && !(await isPlain(segment))) {
    const { line, seq, end } = tail.last;
    const detail = 'a compressed segment is broken: it was whole when it was made';
    return { kind: 'damaged', damage: damagedAt(segment, line + 1, seq + 1, end, detail) };
  }
  const detail = tail.first === 'none' ? 'none' : faultInLink(tail.first, previous);
  if (detail === 'none') return { kind: 'examined', tail };
  return { kind: 'damaged', damage: damagedAt(segment, 1, tail.last.seq - tail.last.line + 1, 0, detail) };
}

function expectedBefore(segment: Segment, previous: Previous | 'none'): Link | 'unknown' {
  if (previous !== 'none') return previous;
  return segment.number === 1 ? BEFORE_FIRST : 'unknown';
}

/** Finds the last line of a segment that another one continues, so that it must be whole. */
async function endOf(segment: Segment): Promise<Previous | Damage> {
  const bytes = await sizeOf(segment);
  const from = Math.max(0, bytes - LINE_BYTES - 1);
  const end = await readBytes(segment, from, bytes - from);
  const last = end.subarray(end.subarray(0, -1).lastIndexOf(0x0a) + 1);
  const line = parseLine(last);
  if (typeof line !== 'string') return { segment: segment.name, seq: line.seq, hash: hashLine(last), bytes };
  const tail = (await readTail(segment, 'unknown')).last;
  return damagedAt(segment, tail.line + 1, tail.seq + 1, tail.end, `a line is broken: ${line}`);
}

/** Reads some bytes of a segment. */
export async function readBytes(segment: Segment, from: number, length: number): Promise<Buffer> {
  const text = await openText(segment.path);
  try {
    return await text.read(from, length);
  } finally {
    await text.close();
  }
}
