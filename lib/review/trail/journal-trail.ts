import { followJournal, readBackwards, readJournal, readLast, type Line } from '../../journal/index.js';
import type { SeqRange, Trail } from './trail.js';

/** Clocks jump: around a time that bounds a search, an hour more is read on either side. */
const MARGIN_MS = 3_600_000;

/** Opens a journal folder as a trail. It reads only, and takes no lock. */
export function journalTrail(directory: string): Trail {
  return {
    locate: (times) => locate(directory, times),
    read: ({ order, ...range }) => (order === 'oldest_first' ? readJournal : readBackwards)(directory, range),
    follow: (signal) => followJournal(directory, { signal }),
  };
}

async function locate(directory: string, { since, until }: Parameters<Trail['locate']>[0]): Promise<SeqRange> {
  const newest = await readLast(directory, 10);
  const last = Math.max(0, ...newest.map((line) => (line.read === 'line' ? line.seq : 0)));
  const from = since === undefined ? 1 : await seqNear(directory, last, shifted(since, -MARGIN_MS));
  const to = until === undefined ? last : Math.min(last, await seqNear(directory, last, shifted(until, MARGIN_MS)));
  return { from, to };
}

function shifted(time: string, ms: number): string {
  return new Date(Date.parse(time) + ms).toISOString();
}

/**
 * Gives the number of the first line written at or after a time, or one past the newest line, by reading about twenty
 * lines. Where the clock jumped back it may be any line around the jump.
 */
async function seqNear(directory: string, last: number, time: string): Promise<number> {
  let low = (await lineFrom(directory, 1)).seq;
  let high = last + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const line = await lineFrom(directory, middle);
    if (line.seq < high && line.time < time) low = line.seq + 1;
    else high = middle;
  }
  return low;
}

async function lineFrom(directory: string, fromSeq: number): Promise<Pick<Line, 'seq' | 'time'>> {
  for await (const line of readJournal(directory, { fromSeq })) {
    if (line.read === 'line') return line;
  }
  return { seq: fromSeq, time: '~' };
}
