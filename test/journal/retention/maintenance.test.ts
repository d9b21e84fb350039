import { execFileSync } from 'node:child_process';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import {
  openJournal,
  readJournal,
  verifyJournal,
  type Clock,
  type Journal,
  type JournalOptions,
} from '../../../lib/journal/index.js';
import { checkpointsOf, publicKey } from '../checkpoints.js';
import { faultyDisk } from '../faulty-disk.js';
import { appendMany, collect, kindsOf, opened, temporaryFolder } from '../temporary.js';

const DAY = 86_400_000;

function segmentOf(journal: Journal): string {
  const state = journal.state();
  return state.kind === 'writing' ? state.segment : state.kind;
}

/** Appends until a segment of a number is being written. */
async function until(journal: Journal, number: number): Promise<void> {
  for (let n = 0; Number(/\d{8}/.exec(segmentOf(journal))?.[0] ?? 0) < number; n += 1) await appendMany(journal, 1, n);
}

async function segmentsIn(directory: string): Promise<readonly string[]> {
  return (await readdir(directory)).filter((name) => name.startsWith('segment')).sort();
}

/** Waits until a directory's segments are as they should be. */
async function settles(directory: string, wanted: (names: readonly string[]) => boolean): Promise<readonly string[]> {
  for (;;) {
    const names = await segmentsIn(directory);
    if (wanted(names)) return names;
    await delay(5);
  }
}

async function holds(t: ExecutionContext, directory: string): Promise<void> {
  t.like(await verifyJournal(directory), { kind: 'holds' });
  t.not(typeof (await checkpointsOf(directory, await publicKey(`${directory}.key`))), 'string');
}

test('closed segments are compressed, read-only, and read as before, also by zcat', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory, segmentBytes: 4000, compress: true });
  await until(journal, 5);
  const names = await settles(directory, (all) => {
    return all.filter((name) => name.endsWith('.gz')).length >= 4 && !all.some((name) => all.includes(`${name}.gz`));
  });
  const [first = ''] = names;
  t.is((await stat(join(directory, first))).mode & 0o777, 0o400);
  await journal.close();
  const lines = await collect(readJournal(directory));
  const text = execFileSync(
    'zcat',
    names.filter((name) => name.endsWith('.gz')).map((name) => join(directory, name)),
  );
  t.deepEqual(
    text,
    Buffer.concat(lines.filter(({ segment }) => names.includes(`${segment}.gz`)).map(({ bytes }) => bytes)),
  );
  await holds(t, directory);
  t.is((await opened(t, { directory })).kind, 'journal');
});

test('an interrupted compression is done again at the next start', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory, segmentBytes: 3000 });
  await until(journal, 4);
  await journal.close();
  await writeFile(join(directory, 'segment-00000001.jsonl.gz.tmp'), 'half');
  await writeFile(join(directory, 'segment-00000002.jsonl.gz'), 'not what it should be');
  await opened(t, { directory, compress: true });
  const names = await settles(directory, (all) => all.filter((name) => name.endsWith('.jsonl')).length === 1);
  t.true(names.every((name) => !name.endsWith('.tmp')));
  await holds(t, directory);
});

/** A clock that stands still unless it is told otherwise. */
function movingClock(): Clock & { advance: (ms: number) => void } {
  let ms = Date.UTC(2026, 0, 1, 12);
  return { now: () => ms, mono: () => ms, advance: (by) => void (ms += by) };
}

/** A journal with a segment for each of some days, and a clock on the last one. */
async function journalOfDays(t: ExecutionContext, days: number, options: Partial<JournalOptions> = {}) {
  const directory = await temporaryFolder(t);
  const clock = movingClock();
  const journal = await opened(t, { directory, clock });
  for (let day = 2; day <= days; day += 1) {
    clock.advance(DAY);
    await until(journal, day);
  }
  await journal.close();
  return { directory, clock, open: () => opened(t, { directory, clock, ...options }) };
}

test('segments past their age are removed, the oldest first, after that is recorded on disk and signed', async (t) => {
  const { directory, open } = await journalOfDays(t, 8, { keepMs: 3 * DAY });
  const journal = await open();
  const names = await settles(directory, (all) => !all.includes('segment-00000003.jsonl'));
  t.deepEqual(
    names,
    [4, 5, 6, 7, 8].map((number) => `segment-0000000${number}.jsonl`),
  );
  await journal.close();
  const lines = await collect(readJournal(directory));
  const told = lines.find((line) => line.read === 'line' && line.kind === 'retention');
  if (told?.read !== 'line') return t.fail();
  t.like(told.content, {
    segments: ['segment-00000001.jsonl', 'segment-00000003.jsonl'],
    count: 3,
    first_seq: 1,
    why: 'age',
  });
  const [oldest] = lines;
  if (oldest?.read !== 'line') return t.fail();
  t.is(told.content['last_seq'], oldest.seq - 1);
  t.is(told.content['hash'], oldest.prev);
  t.is((await kindsOf(directory))[lines.indexOf(told) + 1], 'checkpoint');
  await holds(t, directory);
});

test('beyond a size the oldest segments are removed, never the two newest', async (t) => {
  const { directory, open } = await journalOfDays(t, 6, { keepBytes: 1 });
  await open();
  const names = await settles(directory, (all) => all.length <= 2);
  t.deepEqual(names, ['segment-00000005.jsonl', 'segment-00000006.jsonl']);
  await holds(t, directory);
});

test('where anchors are configured, only what an anchored checkpoint covers is removed', async (t) => {
  let anchored = 0;
  const { directory, open, clock } = await journalOfDays(t, 6, {
    keepMs: DAY,
    anchoredSize: () => anchored,
    maintenanceMs: 5,
  });
  const journal = await open();
  const third = (await collect(readJournal(directory))).find((line) => line.segment === 'segment-00000003.jsonl');
  if (third?.read !== 'line') return t.fail();
  await delay(50);
  t.is((await segmentsIn(directory)).length, 6);
  anchored = third.seq - 1;
  await settles(directory, (all) => !all.includes('segment-00000002.jsonl'));
  clock.advance(1);
  await delay(50);
  t.is((await segmentsIn(directory)).length, 4);
  await journal.close();
  await holds(t, directory);
});

test('maintenance that fails is reported, and delays no append', async (t) => {
  const directory = await temporaryFolder(t);
  const { disk } = faultyDisk(({ name }) => (name === 'rename' ? 'EIO' : 'none'));
  const journal = await opened(t, { directory, disk, segmentBytes: 3000, compress: true });
  await until(journal, 4);
  for (;;) {
    const state = journal.state();
    if (state.kind === 'writing' && state.maintenance.kind === 'failing') {
      t.is(state.maintenance.detail, 'EIO: injected');
      break;
    }
    await appendMany(journal, 1);
    await delay(1);
  }
  await journal.close();
  await holds(t, directory);
});

/** Tells whether segments have been removed and others compressed. */
async function isMaintained(directory: string): Promise<boolean> {
  const [oldest = '', ...names] = await segmentsIn(directory);
  return oldest > 'segment-00000003' && [oldest, ...names].some((name) => name.endsWith('.gz'));
}

/** Lives with rotation, compression and retention going on, on a disk that stops answering well at a call. */
async function live(t: ExecutionContext, n: number, fault: 'ENOSPC' | 'EIO' | 'short'): Promise<number> {
  const directory = await temporaryFolder(t);
  const { disk, calls } = faultyDisk(({ number }) =>
    number >= n && (fault !== 'short' || number === n) ? fault : 'none',
  );
  const options = {
    directory,
    segmentBytes: 2500,
    compress: true,
    keepBytes: 6000,
    checkpointLines: 5,
    reserveBytes: 65_536,
  };
  const journal = await openJournal({ ...options, disk, retryMs: 0, closeMs: 30_000, maintenanceMs: 1 });
  const receipts: number[] = [];
  if (journal.kind === 'journal') {
    // However slow the machine, a life goes on until the fault has come, or all kinds of maintenance have been done.
    for (let round = 0; round < 12 || (calls.length < n && !(await isMaintained(directory))); round += 1) {
      for (const answer of await appendMany(journal, 2, round * 2)) {
        if (answer.kind === 'receipt') receipts.push(answer.seq);
      }
      await delay(1);
    }
    await journal.close();
  }
  const again = await opened(t, { ...options, compress: false, keepBytes: 'unlimited' });
  t.like((await appendMany(again, 1))[0], { kind: 'receipt' }, `${fault} at ${n}`);
  await again.close();
  await holds(t, directory);
  const lines = await collect(readJournal(directory));
  const seqs = new Set(lines.map((line) => (line.read === 'line' ? line.seq : 0)));
  const oldest = Math.min(...seqs);
  t.deepEqual(
    receipts.filter((seq) => seq >= oldest && !seqs.has(seq)),
    [],
    `${fault} at ${n}: a receipt without its line`,
  );
  return calls.length;
}

for (const fault of ['ENOSPC', 'EIO', 'short'] as const) {
  test(`a disk that fails with ${fault} from any call on, with all maintenance going on, leaves a journal that opens and holds`, async (t) => {
    t.timeout(300_000);
    let n = 1;
    while ((await live(t, n, fault)) >= n) n += n < 60 ? 1 : 3;
    t.true(n > 60, `${n} lives`);
  });
}
