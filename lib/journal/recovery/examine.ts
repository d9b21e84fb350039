import {
  BEFORE_FIRST,
  checkLink,
  hashLine,
  lineEndingAt,
  listSegments,
  parseLine,
  readTail,
  sizeOf,
  type Damaged,
  type Link,
  type Previous,
  type Segment,
  type SegmentTail,
} from '../lines/index.js';
import { isPlain } from './plain.js';
import { resumeTree, type ResumedTree } from './resume-tree.js';

/** Where writing continues: after a good line of a segment. */
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

/** What a crash left after the last good line of a segment, to be cut off; a segment without any good line goes whole. */
export interface Leftover {
  readonly segment: Segment;
  readonly end: number;
  readonly torn: Buffer;
}

/** The state of a journal's end: nothing there yet, good up to a line, or damaged. */
export type Examined =
  | { readonly kind: 'empty'; readonly leftovers: readonly Leftover[] }
  | { readonly kind: 'good'; readonly leftovers: readonly Leftover[]; readonly position: WritePosition }
  | Damaged;

/**
 * Reads a journal's end and changes nothing: finds where writing continues, and what the last batch left torn.
 *
 * Reads the last segment, and the last line of the one before. Throws the system's errors.
 */
export async function examine(directory: string): Promise<Examined> {
  const segments = await listSegments(directory);
  const gap = findGap(segments);
  if (gap !== 'none') return gap;
  const leftovers: Leftover[] = [];
  for (const [index, segment] of [...segments.entries()].reverse()) {
    const size = await sizeOf(segment);
    const found = size === 0 ? 'empty' : await examineEnd(segment, segments[index - 1]);
    if (found === 'empty') {
      leftovers.push({ segment, end: 0, torn: Buffer.alloc(0) });
      continue;
    }
    if ('damage' in found) return found;
    const { first, last, rest } = found;
    if (rest.kind === 'torn') leftovers.push({ segment, end: last.end, torn: rest.bytes });
    if (first === 'none') continue;
    const tree = await resumeTree(directory, last);
    if (tree.kind === 'damaged') return tree;
    const position = { segment, begun: first.time, bytes: last.end, lines: last.line, last, tree };
    return { kind: 'good', leftovers, position };
  }
  return { kind: 'empty', leftovers };
}

function damaged(segment: Segment, line: number, seq: number, offset: number, detail: string): Damaged {
  return { kind: 'damaged', damage: { segment: segment.name, line, seq, offset, detail } };
}

function findGap(segments: readonly Segment[]): Damaged | 'none' {
  const after = segments.find((segment, index) => index > 0 && segments[index - 1]?.number !== segment.number - 1);
  return after === undefined ? 'none' : damaged(after, 1, 0, 0, 'the segment before it is missing');
}

async function examineEnd(segment: Segment, before: Segment | undefined): Promise<Damaged | SegmentTail> {
  const previous = before === undefined ? 'none' : await endOf(before);
  if (previous !== 'none' && 'damage' in previous) return previous;
  const tail = await readTail(segment, expectedBefore(segment, previous));
  if (tail.rest.kind === 'damaged') return tail.rest;
  const { line, seq, end: offset } = tail.last;
  if (tail.rest.kind === 'torn' && !(await isPlain(segment))) {
    return damaged(segment, line + 1, seq + 1, offset, 'a compressed segment is broken: it was whole when it was made');
  }
  const link = tail.first === 'none' ? 'linked' : checkLink(tail.first, previous);
  return link === 'linked' ? tail : damaged(segment, 1, seq - line + 1, 0, link.detail);
}

function expectedBefore(segment: Segment, previous: Previous | 'none'): Link | 'unknown' {
  if (previous !== 'none') return previous;
  return segment.number === 1 ? BEFORE_FIRST : 'unknown';
}

/** Finds the last line of a segment that another one continues, so that it must be whole. */
async function endOf(segment: Segment): Promise<Damaged | Previous> {
  const size = await sizeOf(segment);
  const { bytes } = await lineEndingAt(segment, size);
  const line = parseLine(bytes);
  if (line.read === 'line') return { segment: segment.name, seq: line.seq, hash: hashLine(bytes), bytes: size };
  const { last } = await readTail(segment, 'unknown');
  return damaged(segment, last.line + 1, last.seq + 1, last.end, `a line is broken: ${line.detail}`);
}
