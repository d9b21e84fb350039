import { readJournal, readLast } from '../../journal/index.js';

/*
 * A journal is ordered by number, and its times are information: clocks jump. Where a time is used to find a place to
 * begin or end reading, an hour is read more on either side.
 */
const MARGIN_MS = 3_600_000;

/** An hour earlier, as ISO 8601. */
export function hourBefore(time: string): string {
  return new Date(Date.parse(time) - MARGIN_MS).toISOString();
}

/** An hour later, as ISO 8601. */
export function hourAfter(time: string): string {
  return new Date(Date.parse(time) + MARGIN_MS).toISOString();
}

/**
 * Gives the number of the first line written at or after a time, or one past the newest line, by looking at some twenty
 * lines. Where the clock jumped back it may be any line around the jump.
 */
export async function seqNear(directory: string, time: string): Promise<number> {
  let low = (await lineFrom(directory, 1)).seq;
  let high = (await newestSeq(directory)) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const line = await lineFrom(directory, middle);
    if (line.seq < high && line.time < time) low = line.seq + 1;
    else high = middle;
  }
  return low;
}

async function newestSeq(directory: string): Promise<number> {
  const lines = await readLast(directory, 10);
  return lines.reduce((newest, line) => (line.read === 'line' ? Math.max(newest, line.seq) : newest), 0);
}

async function lineFrom(directory: string, fromSeq: number): Promise<{ readonly seq: number; readonly time: string }> {
  for await (const line of readJournal(directory, { fromSeq })) {
    if (line.read === 'line') return line;
  }
  return { seq: fromSeq, time: '~' };
}
