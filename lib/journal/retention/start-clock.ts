import { HOLD_MS, readHold, writeHold, type Disk } from '../disk/index.js';
import { readLast } from '../lines/index.js';
import { JUMP_MS, type ClockEvent, type WatchStart } from './clock-watch.js';

/** How far after the newest line a start may come, at most: no journal is without lines for longer while it is open. */
const AWAY_MS = 86_400_000;
/** The same as a part of the time for which lines are kept. */
const AWAY_PART = 0.1;
/** How many of the newest lines are read: the last ones may be what a crash left. */
const LINES = 10;

/** A journal before it is opened, as the check of its clock needs it. */
export interface UnopenedJournal {
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: { readonly now: () => number; readonly mono: () => number };
  readonly keepMs: number | 'always';
}

/** What the watch begins with, and what the first lines of the journal must say of the clock. */
export interface StartClock extends WatchStart {
  readonly events: readonly ClockEvent[];
}

/**
 * Holds the clock against the newest line of a journal that is about to be written: who stopped it, set the clock and
 * started it again must not have removed what is new. Long out of use looks the same, and costs a day's patience.
 *
 * INVARIANT: a hold is in its file before any line of this opening makes the journal's newest time a new one.
 */
export async function checkStartClock({ directory, disk, clock, keepMs }: UnopenedJournal): Promise<StartClock> {
  const newest = await newestTime(directory);
  const agreed = { now: clock.now(), mono: clock.mono() };
  const { now } = agreed;
  if (newest === 'none') return { agreed, hold: await readHold(directory), events: [] };
  const byMs = Math.round(now - Date.parse(newest));
  const away = keepMs === 'always' ? AWAY_MS : Math.min(AWAY_MS, keepMs * AWAY_PART);
  if (byMs <= away && byMs >= -JUMP_MS) return { agreed, hold: await readHold(directory), events: [] };
  // A time that no clock shows, such as the 99th of a month, can only come from a changed file.
  const knownMs = Number.isNaN(byMs) ? 0 : byMs;
  const hold = {
    why: 'far_at_start',
    since: new Date(now).toISOString(),
    byMs: knownMs,
    remainingMs: HOLD_MS,
  } as const;
  await writeHold(disk, directory, hold);
  return { agreed, hold, events: [{ event: 'far_at_start', by_ms: knownMs, expected: newest, held_ms: HOLD_MS }] };
}

async function newestTime(directory: string): Promise<string | 'none'> {
  const lines = await readLast(directory, LINES);
  return lines.findLast((line) => line.read === 'line')?.time ?? 'none';
}
