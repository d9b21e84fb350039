import { sleep } from '../../system/index.js';
import { rawLines } from './raw-lines.js';
import { readBackwards, toLine, type ReadLine } from './read.js';
import { lastBeginningBy, seek } from './seek.js';
import { listSegments, sizeOf, type Segment } from './segments.js';

interface FollowOptions {
  /** The first line wanted; if left out, whatever is written from now on. */
  readonly fromSeq?: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** How often to look, in ms. Default 100, well below the time that a full journal waits before it writes again. */
  readonly pollMs?: number;
}

/**
 * Gives a journal's lines as they are written, from segment to segment, until the signal; the journal may be begun later.
 *
 * Lines are seen as soon as they are in the file, which can be a moment before they are on disk: if the disk turns out to be
 * full they are taken back, and the lines written in their place come with the same numbers.
 */
export async function* followJournal(
  directory: string,
  { fromSeq, signal, pollMs = 100 }: FollowOptions,
): AsyncGenerator<ReadLine, void, undefined> {
  const first = fromSeq ?? (await nextSeq(directory));
  let at: SegmentPosition | 'nowhere' = 'nowhere';
  while (!signal.aborted) {
    const segments = await listSegments(directory);
    if (at === 'nowhere') at = await positionOf(segments, first);
    // Looked for before the rest of this segment is read: when the next one has lines, this one is complete.
    const next: Segment | 'none' = at === 'nowhere' ? 'none' : await begunAfter(segments, at.segment);
    if (at !== 'nowhere') yield* restFrom(at, first, signal);
    if (next === 'none') await sleep(pollMs, signal);
    else at = { segment: next, offset: 0 };
  }
}

interface SegmentPosition {
  readonly segment: Segment;
  offset: number;
}

/** Gives the lines from a position on, and moves it. */
async function* restFrom(at: SegmentPosition, fromSeq: number, signal: AbortSignal): AsyncGenerator<ReadLine> {
  at.offset = Math.min(at.offset, await sizeOf(at.segment));
  for await (const lines of rawLines(at.segment.path, at.offset)) {
    for (const raw of lines) {
      if (signal.aborted || raw.ending === 'end_of_file') return;
      at.offset = raw.offset + raw.bytes.length;
      const line = toLine(at.segment, raw);
      if (line.read === 'damaged' || line.seq >= fromSeq) yield line;
    }
  }
}

async function nextSeq(directory: string): Promise<number> {
  for await (const line of readBackwards(directory)) {
    if (line.read === 'line') return line.seq + 1;
  }
  return 1;
}

async function positionOf(segments: readonly Segment[], seq: number): Promise<SegmentPosition | 'nowhere'> {
  const segment = segments[await lastBeginningBy(segments, seq)];
  return segment === undefined ? 'nowhere' : { segment, offset: (await seek(segment, seq, Infinity)).from };
}

async function begunAfter(segments: readonly Segment[], { number }: Segment): Promise<Segment | 'none'> {
  const next = segments.find((segment) => segment.number > number);
  return next !== undefined && (await sizeOf(next)) > 0 ? next : 'none';
}
