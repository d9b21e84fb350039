import { followJournal, readBackwards, readJournal, readLast } from '../../journal/index.js';
import type { LineRange, Trail, WholeLine } from './trail.js';

/** Clocks jump: around a time that bounds a search, an hour more is read on either side. */
const MARGIN_MS = 3_600_000;

/** Opens a journal folder as a trail. It reads only, and takes no lock. */
export function journalTrail(directory: string): Trail {
  return {
    locate: (times) => locate(directory, times),
    read: ({ order, prefilter: wanted, ...range }) =>
      (order === 'oldest_first' ? readJournal : readBackwards)(
        directory,
        wanted === undefined ? range : { ...range, wanted },
      ),
    follow: (signal) => followJournal(directory, { signal }),
  };
}

async function locate(directory: string, { since, until }: Parameters<Trail['locate']>[0]): Promise<LineRange> {
  const last = await newestSeq(directory);
  const from = since === undefined ? 1 : await seqNear(directory, last, shifted(since, -MARGIN_MS));
  const to = until === undefined ? last : Math.min(last, await seqNear(directory, last, shifted(until, MARGIN_MS)));
  return { from, to };
}

function shifted(time: string, ms: number): string {
  return new Date(Date.parse(time) + ms).toISOString();
}

async function newestSeq(directory: string): Promise<number> {
  const lines = await readLast(directory, 10);
  return lines.reduce((newest, line) => (line.read === 'line' ? Math.max(newest, line.seq) : newest), 0);
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

async function lineFrom(directory: string, fromSeq: number): Promise<Pick<WholeLine, 'seq' | 'time'>> {
  for await (const line of readJournal(directory, { fromSeq })) {
    if (line.read === 'line') return line;
  }
  return { seq: fromSeq, time: '~' };
}
