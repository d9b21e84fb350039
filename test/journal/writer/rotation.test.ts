import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readJournal, verifyJournal, type Clock, type Journal } from '../../../lib/journal/index.js';
import { faultyDisk } from '../faulty-disk.js';
import { appendMany, collect, opened, temporaryFolder } from '../temporary.js';

function segmentOf(journal: Journal): string {
  const state = journal.state();
  return state.kind === 'writing' ? state.segment : state.kind;
}

function movingClock(): Clock & { advance: (ms: number) => void } {
  let ms = Date.UTC(2026, 0, 31, 23, 59, 59);
  return { now: () => ms, mono: () => ms, advance: (by) => void (ms += by) };
}

test('a full segment is followed by one whose first line reports its name, last line and size', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory, segmentBytes: 5000 });
  for (let n = 0; segmentOf(journal) !== 'segment-00000004.jsonl'; n += 1) await appendMany(journal, 3, n);
  await journal.close();
  const lines = await collect(readJournal(directory));
  const links = lines.filter((line) => line.read === 'line' && line.kind === 'segment');
  t.is(links.length, 4);
  for (const [index, link] of links.entries()) {
    if (index === 0 || link.read !== 'line') continue;
    const segment = `segment-0000000${index}.jsonl`;
    const before = lines[lines.indexOf(link) - 1];
    t.is(link.offset, 0);
    t.like(before, { segment, seq: link.seq - 1 });
    t.deepEqual(link.content, {
      segment,
      seq: link.seq - 1,
      hash: link.prev,
      bytes: (await stat(join(directory, segment))).size,
    });
  }
  t.like(await verifyJournal(directory), { kind: 'holds', segments: 4, lines: lines.length });
});

test('under load nothing waits for a new segment, and each line stands in one', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory, segmentBytes: 20_000 });
  const caller = async (_: unknown, index: number): Promise<void> => {
    for (let n = 0; n < 50; n += 1) await appendMany(journal, 1, index * 1000 + n);
  };
  await Promise.all(Array.from({ length: 20 }, caller));
  await journal.close();
  const report = await verifyJournal(directory);
  t.like(report, { kind: 'holds' });
  const numbers = (await collect(readJournal(directory))).map((line) =>
    line.read === 'line' ? line.content['n'] : 'damaged',
  );
  t.is(new Set(numbers.filter((n) => typeof n === 'number')).size, 1000);
});

test('a new day begins a new segment; a clock that is set back does not', async (t) => {
  const directory = await temporaryFolder(t);
  const clock = movingClock();
  const journal = await opened(t, { directory, clock });
  await appendMany(journal, 1);
  clock.advance(2000);
  for (let n = 1; segmentOf(journal) === 'segment-00000001.jsonl'; n += 1) await appendMany(journal, 1, n);
  clock.advance(-2000);
  for (let n = 0; n < 20; n += 1) await appendMany(journal, 1, 100 + n);
  t.is(segmentOf(journal), 'segment-00000002.jsonl');
  await journal.close();
  const days = (await collect(readJournal(directory))).map(
    (line) => line.read === 'line' && line.kind === 'segment' && line.time,
  );
  t.deepEqual(days.filter(Boolean), ['2026-01-31T23:59:59.000Z', '2026-02-01T00:00:01.000Z']);
});

test('a journal opened on another day than it was left begins a new segment', async (t) => {
  const directory = await temporaryFolder(t);
  const clock = movingClock();
  await (await opened(t, { directory, clock })).close();
  clock.advance(86_400_000);
  const journal = await opened(t, { directory, clock });
  for (let n = 0; segmentOf(journal) === 'segment-00000001.jsonl'; n += 1) await appendMany(journal, 1, n);
  t.pass();
});

for (const code of ['EMFILE', 'ENOSPC', 'EACCES'] as const) {
  test(`a new segment that cannot be made (${code}) stops no caller, is reported, and is tried again later`, async (t) => {
    const directory = await temporaryFolder(t);
    const clock = movingClock();
    let failing = false;
    const { disk, calls } = faultyDisk(({ name }) => (name === 'open' && failing ? code : 'none'));
    const journal = await opened(t, { directory, disk, clock, segmentBytes: 1000 });
    failing = true;
    const opens = (): number => calls.filter(({ name }) => name === 'open').length;
    const before = opens();
    for (let n = 0; n < 30; n += 1) t.like((await appendMany(journal, 1, n))[0], { kind: 'receipt' });
    t.is(opens(), before + 1, 'it was tried again at once');
    t.like(journal.state(), {
      kind: 'writing',
      segment: 'segment-00000001.jsonl',
      rotation: { kind: 'failing', detail: `${code}: injected` },
    });

    failing = false;
    clock.advance(1000);
    for (let n = 100; segmentOf(journal) === 'segment-00000001.jsonl'; n += 1) await appendMany(journal, 1, n);
    t.like(journal.state(), { rotation: { kind: 'working' } });
    await journal.close();
    t.like(await verifyJournal(directory), { kind: 'holds', segments: 2 });
  });
}

test('no room right after a new segment was begun: its first line is taken back and written later', async (t) => {
  const directory = await temporaryFolder(t);
  let failing = false;
  const { disk } = faultyDisk(({ name }) => (name === 'write' && failing ? 'ENOSPC' : 'none'));
  const journal = await opened(t, { directory, disk, segmentBytes: 600, retryMs: 0 });
  while ((await readdir(directory)).length < 3) await appendMany(journal, 1);
  failing = true;
  for (let n = 0; n < 5; n += 1) t.like((await appendMany(journal, 2))[1], { reason: 'full' });
  failing = false;
  t.like((await appendMany(journal, 2))[1], { kind: 'receipt' });
  t.is(segmentOf(journal), 'segment-00000002.jsonl');
  t.like(await verifyJournal(directory), { kind: 'holds', segments: 2 });
});

test('a segment made ready and not used is removed when the journal is closed', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory, segmentBytes: 1 });
  await appendMany(journal, 1);
  await journal.close();
  const left = (await readdir(directory)).filter((name) => name.startsWith('segment'));
  for (const name of left) t.true((await stat(join(directory, name))).size > 0, name);
});

test('an old segment or a journal that cannot be closed changes nothing', async (t) => {
  const directory = await temporaryFolder(t);
  const { disk } = faultyDisk(({ name }) => (name === 'close' ? 'EIO' : 'none'));
  const journal = await opened(t, { directory, disk, segmentBytes: 1000 });
  for (let n = 0; segmentOf(journal) !== 'segment-00000003.jsonl'; n += 1) await appendMany(journal, 1, n);
  await journal.close();
  t.like(journal.state(), { kind: 'closed' });
  t.is((await opened(t, { directory })).kind, 'journal');
});
