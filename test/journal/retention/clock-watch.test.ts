import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import {
  generateKeyFile,
  readJournal,
  releaseRemoval,
  rotateKey,
  verifyJournal,
  type Clock,
  type ClockEvent,
  type Journal,
  type JournalOptions,
  type Line,
} from '../../../lib/journal/index.js';
import { until } from '../../fixtures/waiting.js';
import { faultyDisk } from '../faulty-disk.js';
import { appendMany, collect, opened, temporaryFolder } from '../temporary.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WHO = { by: 'admin', reason: 'the clock is right, CHG-2041' };

/** A clock that stands still unless time passes, or somebody sets it. */
interface TestClock extends Clock {
  readonly pass: (ms: number) => void;
  /** Moves the wall clock alone. */
  readonly set: (byMs: number) => void;
  /** How often it was read. */
  readonly reads: () => number;
}

function testClock(): TestClock {
  let [now, mono, reads] = [Date.UTC(2026, 0, 1, 12), 5_000, 0];
  return {
    now: () => {
      reads += 1;
      return now;
    },
    mono: () => mono,
    pass: (ms) => {
      now += ms;
      mono += ms;
    },
    set: (byMs) => void (now += byMs),
    reads: () => reads,
  };
}

interface Kept {
  readonly directory: string;
  readonly clock: TestClock;
  readonly events: ClockEvent[];
  readonly open: (options?: Partial<JournalOptions>) => Promise<Journal>;
}

/** A journal that keeps lines for three days, has some segments of today and is not open. Maintenance runs all the time. */
async function keptJournal(t: ExecutionContext): Promise<Kept> {
  const directory = await temporaryFolder(t);
  const clock = testClock();
  const events: ClockEvent[] = [];
  const often = { segmentBytes: 2_000, maintenanceMs: 2, clockLookMs: HOUR };
  const open = (options: Partial<JournalOptions> = {}): Promise<Journal> =>
    opened(t, { directory, clock, keepMs: 3 * DAY, onClock: (event) => events.push(event), ...often, ...options });
  const journal = await open();
  for (let n = 0; (await segmentsIn(directory)).length < 4; n += 1) await appendMany(journal, 1, n);
  await journal.close();
  return { directory, clock, events, open };
}

async function segmentsIn(directory: string): Promise<readonly string[]> {
  return (await readdir(directory)).filter((name) => name.startsWith('segment')).sort();
}

async function clockLines(directory: string): Promise<readonly Line[]> {
  const lines = await collect(readJournal(directory));
  return lines.filter((line): line is Line => line.read === 'line' && line.kind === 'clock');
}

function holdOf(journal: Journal) {
  const state = journal.state();
  return state.kind === 'writing' ? state.removalHold : state.kind;
}

/** Waits until the clock was read so often again that maintenance has gone over all segments with the time of now. */
async function maintained({ clock }: Kept): Promise<void> {
  const before = clock.reads();
  await until(
    () => clock.reads() > before + 20,
    () => 'the clock is not read',
  );
}

async function gone(directory: string, name: string): Promise<void> {
  await until(
    async () => !(await segmentsIn(directory)).includes(name),
    () => `${name} is still there`,
  );
}

async function linesCome(directory: string, count: number): Promise<readonly Line[]> {
  await until(
    async () => (await clockLines(directory)).length >= count,
    () => `not ${count} lines about the clock`,
  );
  return clockLines(directory);
}

test('a clock that jumps for seconds removes nothing, is recorded, and removal goes on after a day of uptime', async (t) => {
  const kept = await keptJournal(t);
  const { directory, clock, events } = kept;
  const journal = await kept.open();
  const before = await segmentsIn(directory);
  clock.set(60 * DAY);
  await maintained(kept);
  t.like(holdOf(journal), { why: 'jumped', byMs: 60 * DAY, remainingMs: DAY });
  clock.pass(6_000);
  clock.set(-60 * DAY);
  const lines = await linesCome(directory, 2);
  await maintained(kept);
  t.deepEqual((await segmentsIn(directory)).slice(0, before.length), before);
  t.like(lines[0]?.content, { event: 'jumped', by_ms: 60 * DAY, expected: '2026-01-01T12:00:00.000Z', held_ms: DAY });
  t.like(lines[1]?.content, { event: 'jumped', by_ms: -60 * DAY });

  // Old enough, but for the hold.
  clock.pass(DAY - 1_000);
  await maintained(kept);
  t.like(holdOf(journal), { why: 'jumped', remainingMs: 1_000 });
  clock.pass(1_000);
  await linesCome(directory, 3);
  t.is(holdOf(journal), 'none');
  clock.pass(3 * DAY);
  await gone(directory, 'segment-00000001.jsonl');
  t.deepEqual(
    events.map(({ event }) => event),
    ['jumped', 'jumped', 'hold_ended'],
  );
  await journal.close();
  t.like(await verifyJournal(directory), { kind: 'holds' });
});

test('a hold outlasts restarts, and counts only the time for which the journal is open', async (t) => {
  const kept = await keptJournal(t);
  const { directory, clock } = kept;
  const first = await kept.open();
  clock.set(60 * DAY);
  await linesCome(directory, 1);
  clock.pass(10 * HOUR);
  await appendMany(first, 1);
  await maintained(kept);
  await first.close();
  clock.pass(HOUR);
  const second = await kept.open();
  await maintained(kept);
  t.like(holdOf(second), { why: 'jumped', byMs: 60 * DAY, remainingMs: 14 * HOUR });
  t.true((await segmentsIn(directory)).includes('segment-00000001.jsonl'));
  clock.pass(14 * HOUR);
  await gone(directory, 'segment-00000001.jsonl');
});

for (const [how, byMs] of [
  ['ahead of', 60 * DAY],
  ['before', -5 * 60_000],
] as const) {
  test(`a start whose clock is far ${how} the newest line holds removal, and its first lines say so`, async (t) => {
    const kept = await keptJournal(t);
    const { directory, clock, events } = kept;
    clock.set(byMs);
    const journal = await kept.open();
    t.like(holdOf(journal), { why: 'far_at_start', byMs, remainingMs: DAY });
    const [line] = await clockLines(directory);
    t.like(line?.content, { event: 'far_at_start', by_ms: byMs, held_ms: DAY });
    t.deepEqual(
      events.map(({ event }) => event),
      ['far_at_start'],
    );
    await maintained(kept);
    t.true((await segmentsIn(directory)).includes('segment-00000001.jsonl'));
    await journal.close();
    t.like(await verifyJournal(directory), { kind: 'holds', clocks: [{ kind: 'clock' }] });
  });
}

test('a stop of some hours, and a clock that drifts, hold nothing', async (t) => {
  const kept = await keptJournal(t);
  const { directory, clock } = kept;
  clock.pass(7 * HOUR);
  const journal = await kept.open();
  for (let hours = 0; hours < 10; hours += 1) {
    clock.pass(HOUR);
    clock.set(50_000);
    await maintained(kept);
  }
  t.is(holdOf(journal), 'none');
  t.deepEqual(await clockLines(directory), []);
});

test('where nothing is removed for its age a jump is recorded, and nothing is held', async (t) => {
  const kept = await keptJournal(t);
  const journal = await kept.open({ keepMs: 'always' });
  kept.clock.set(60 * DAY);
  await linesCome(kept.directory, 1);
  t.is(holdOf(journal), 'none');
});

test('an administrator releases the hold of an open journal, which records who and why, and removes again', async (t) => {
  const kept = await keptJournal(t);
  const { directory, clock } = kept;
  const journal = await kept.open();
  clock.set(60 * DAY);
  await linesCome(directory, 1);
  t.like(await releaseRemoval({ directory, ...WHO }), { kind: 'released', hold: { why: 'jumped' } });
  await gone(directory, 'segment-00000001.jsonl');
  t.is(holdOf(journal), 'none');
  t.deepEqual(await releaseRemoval({ directory, ...WHO }), { kind: 'not_held' });
  await journal.close();
  t.deepEqual((await clockLines(directory)).at(-1)?.content, { event: 'released', ...WHO });
  t.false((await readdir(directory)).some((name) => name.startsWith('removal-')));
});

test('an administrator releases the hold of a journal that is not open, and the next start removes', async (t) => {
  const kept = await keptJournal(t);
  const { directory, clock } = kept;
  clock.set(60 * DAY);
  await (await kept.open()).close();
  clock.pass(8 * DAY);
  t.like(await releaseRemoval({ directory, clock, by: 'admin', reason: '' }), { kind: 'released' });
  const journal = await kept.open();
  t.is(holdOf(journal), 'none');
  await gone(directory, 'segment-00000001.jsonl');
  await journal.close();
  t.deepEqual((await clockLines(directory)).at(-1)?.content, { event: 'released', by: 'admin', reason: null });
});

test('an order for an earlier hold does not release a later one', async (t) => {
  const kept = await keptJournal(t);
  const { directory, clock } = kept;
  const journal = await kept.open();
  await writeFile(join(directory, 'removal-release'), JSON.stringify({ since: '2026-01-01T00:00:00.000Z', ...WHO }));
  clock.set(60 * DAY);
  await until(
    async () => !(await readdir(directory)).includes('removal-release'),
    () => 'the order is still there',
  );
  t.like(holdOf(journal), { why: 'jumped' });
});

test('lines that an administrator has written do not hide that the clock was set before', async (t) => {
  const kept = await keptJournal(t);
  const { directory, clock } = kept;
  clock.set(60 * DAY);
  const newKeyFile = `${directory}.next.key`;
  await generateKeyFile(newKeyFile, 'own');
  t.like(await rotateKey({ directory, clock, newKeyFile }), { kind: 'rotated' });
  const journal = await kept.open({ keyFile: newKeyFile });
  t.like(holdOf(journal), { why: 'far_at_start' });
  await maintained(kept);
  t.true((await segmentsIn(directory)).includes('segment-00000001.jsonl'));
});

test('a file of the hold that cannot be understood is a whole hold', async (t) => {
  const kept = await keptJournal(t);
  await writeFile(join(kept.directory, 'removal-hold'), 'nonsense');
  t.like(holdOf(await kept.open()), { why: 'unreadable', remainingMs: DAY });
});

test('a hold counts although its file cannot be written, and its line comes when there is room again', async (t) => {
  const kept = await keptJournal(t);
  const { directory, clock } = kept;
  let full = false;
  const { disk } = faultyDisk(({ name }) => (full && (name === 'write' || name === 'rename') ? 'ENOSPC' : 'none'));
  const journal = await kept.open({ disk, retryMs: 0, clockLookMs: 2 });
  full = true;
  clock.set(60 * DAY);
  await until(
    () => kept.events.length > 0,
    () => 'the jump is not noticed',
  );
  await maintained(kept);
  t.true((await segmentsIn(directory)).includes('segment-00000001.jsonl'));
  t.false((await readdir(directory)).includes('removal-hold'));
  full = false;
  await linesCome(directory, 1);
  await until(
    async () => (await readdir(directory)).includes('removal-hold'),
    () => 'the hold is not in its file',
  );
  t.like(JSON.parse(await readFile(join(directory, 'removal-hold'), 'utf8')), { why: 'jumped', by_ms: 60 * DAY });
  t.like(holdOf(journal), { why: 'jumped' });
});

test('segments that ended while the clock was behind are not removed as if they were as old as they look', async (t) => {
  const kept = await keptJournal(t);
  const { directory, clock } = kept;
  const write = async (journal: Journal, count: number): Promise<void> => {
    while (!(await segmentsIn(directory)).includes(`segment-0000000${count}.jsonl`)) await appendMany(journal, 1);
  };
  clock.set(-60 * DAY);
  const behind = await kept.open();
  await write(behind, 6);
  await behind.close();
  clock.set(60 * DAY);
  const journal = await kept.open();
  clock.pass(2 * DAY);
  await write(journal, 8);
  clock.pass(DAY + HOUR);
  await gone(directory, 'segment-00000002.jsonl');
  await maintained(kept);
  t.is((await segmentsIn(directory))[0], 'segment-00000003.jsonl');
  t.is(holdOf(journal), 'none');
  clock.pass(2 * DAY);
  await gone(directory, 'segment-00000004.jsonl');
});
