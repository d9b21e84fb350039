import { sleep } from '../../system/index.js';
import { rawLines } from './raw-lines.js';
import { readBackwards, toLine, type ReadLine } from './read.js';
import { lastBeginningBy, seek } from './seek.js';
import { listSegments, sizeOf, type Segment } from './segments.js';

/** What to follow, until when. */
export interface FollowOptions {
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
  const follower = new Follower(directory, fromSeq ?? (await nextSeq(directory)));
  while (!signal.aborted) {
    const moved = yield* follower.read(signal);
    if (!moved) await sleep(pollMs, signal);
  }
}

async function nextSeq(directory: string): Promise<number> {
  for await (const line of readBackwards(directory)) {
    if (line.read === 'line') return line.seq + 1;
  }
  return 1;
}

class Follower {
  readonly #directory: string;
  readonly #fromSeq: number;
  #at: { readonly segment: Segment; readonly offset: number } | 'nowhere' = 'nowhere';

  constructor(directory: string, fromSeq: number) {
    this.#directory = directory;
    this.#fromSeq = fromSeq;
  }

  /** Gives what there is now; its result says whether another segment waits. */
  async *read(signal: AbortSignal): AsyncGenerator<ReadLine, boolean, undefined> {
    const segments = await listSegments(this.#directory);
    if (this.#at === 'nowhere') {
      const segment = segments[await lastBeginningBy(segments, this.#fromSeq)];
      if (segment === undefined) return false;
      this.#at = { segment, offset: (await seek(segment, this.#fromSeq, Infinity)).from };
    }
    const { segment } = this.#at;
    // Looked for before the rest of this segment is read: when the next one has lines, this one is complete.
    const next = await this.#begunAfter(segments, segment);
    yield* this.#rest(segment, Math.min(this.#at.offset, await sizeOf(segment)), signal);
    if (next === undefined) return false;
    this.#at = { segment: next, offset: 0 };
    return true;
  }

  async #begunAfter(segments: readonly Segment[], segment: Segment): Promise<Segment | undefined> {
    const next = segments.find(({ number }) => number > segment.number);
    return next !== undefined && (await sizeOf(next)) > 0 ? next : undefined;
  }

  async *#rest(segment: Segment, from: number, signal: AbortSignal): AsyncGenerator<ReadLine, void, undefined> {
    this.#at = { segment, offset: from };
    for await (const lines of rawLines(segment.path, from)) {
      for (const raw of lines) {
        if (signal.aborted || raw.ending === 'end_of_file') return;
        const line = toLine(segment, raw);
        this.#at = { segment, offset: raw.offset + raw.bytes.length };
        if (line.read === 'damaged' || line.seq >= this.#fromSeq) yield line;
      }
    }
  }
}
