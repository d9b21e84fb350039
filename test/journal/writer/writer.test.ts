import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { openJournal, readJournal, verifyJournal, type Clock, type Journal } from '../../../lib/journal/index.js';
import { realDisk } from '../../../lib/journal/disk/disk.js';
import { checkpointsOf, publicKey } from '../checkpoints.js';
import { faultyDisk, type Call, type Fault } from '../faulty-disk.js';
import { appendMany, collect, kindsOf, opened, temporaryFolder } from '../temporary.js';

interface Told {
  readonly n: number;
  readonly outcome: number | 'full' | 'failed' | 'closed' | 'unencodable';
}

/** Appends rounds of five at once, each when the round before is answered, and gives what each was told. */
async function appendRounds(journal: Journal, rounds: number): Promise<readonly Told[]> {
  const told: Told[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const answers = await appendMany(journal, 5, round * 5);
    answers.forEach((answer, index) => {
      told.push({ n: round * 5 + index, outcome: answer.kind === 'receipt' ? answer.seq : answer.reason });
    });
  }
  return told;
}

/** What everybody was told is true: receipts are on disk under their number, what was `full` is not there at all. */
async function checkTold(t: ExecutionContext, directory: string, told: readonly Told[], fault: string): Promise<void> {
  const places = new Map<unknown, number>();
  for (const line of await collect(readJournal(directory))) {
    if (line.read === 'damaged') t.fail(`${fault}: ${line.segment} ${line.offset} ${line.detail}`);
    else if (line.kind === 'test') places.set(line.content['n'], line.seq);
  }
  for (const { n, outcome } of told) {
    if (typeof outcome === 'number') t.is(places.get(n), outcome, `${fault}: receipt for ${n}`);
    else if (outcome === 'full') t.false(places.has(n), `${fault}: ${n} was not written, and is there`);
  }
}

/** Lives a journal's life on a faulty disk, and looks at what is left with a good one. */
async function liveWith(t: ExecutionContext, fault: string, faultOf: (call: Call) => Fault): Promise<number> {
  const directory = join(await temporaryFolder(t), 'journal');
  const { disk, calls } = faultyDisk(faultOf);
  const journal = await openJournal({
    ...{ directory, disk, segmentBytes: 2000, checkpointLines: 4 },
    ...{ retryMs: 0, closeMs: 30_000 },
  });
  if (journal.kind === 'journal') {
    const told = await appendRounds(journal, 6);
    if (journal.state().kind === 'failed') t.like(await journal.failed, { reason: 'failed' }, fault);
    await journal.close();
    await checkTold(t, directory, told, fault);
  } else {
    t.is(journal.kind, 'unwritable', fault);
  }
  const again = await opened(t, { directory });
  t.like((await appendMany(again, 1))[0], { kind: 'receipt' }, fault);
  await again.close();
  const report = await verifyJournal(directory);
  t.is(report.kind, 'holds', `${fault}: ${JSON.stringify(report)}`);
  const signed = await checkpointsOf(directory, await publicKey(`${directory}.key`));
  if (typeof signed === 'string') t.fail(`${fault}: ${signed}`);
  return calls.length;
}

/** Lives with the fault at call 1, 2, 3 … until a life ends before its fault; gives how many lives there were. */
async function everyCall(live: (n: number) => Promise<number>): Promise<number> {
  let n = 1;
  while ((await live(n)) >= n) n += 1;
  return n;
}

for (const fault of ['short', 'ENOSPC', 'EIO', 'EMFILE'] as const) {
  test(`a disk that fails with ${fault} at any one call breaks no promise and no chain`, async (t) => {
    const lives = await everyCall((n) =>
      liveWith(t, `${fault} at ${n}`, (call) => (call.number === n ? fault : 'none')),
    );
    t.true(lives > 20);
  });

  test(`a disk that fails with ${fault} from any call on breaks no promise and no chain`, async (t) => {
    const lives = await everyCall((n) =>
      liveWith(t, `${fault} from ${n}`, (call) => (call.number >= n ? fault : 'none')),
    );
    t.true(lives > 20);
  });
}

/** A clock that stands still unless it is told otherwise. */
function stoppedClock(): Clock & { advance: (ms: number) => void } {
  let ms = Date.UTC(2026, 0, 31, 12);
  return { now: () => ms, mono: () => ms, advance: (by) => void (ms += by) };
}

test('on a full disk every caller fails at once, and the disk is tried again after a while', async (t) => {
  const directory = await temporaryFolder(t);
  const clock = stoppedClock();
  let room = true;
  const { disk, calls } = faultyDisk(({ name }) => (name === 'write' && !room ? 'ENOSPC' : 'none'));
  const journal = await opened(t, { directory, disk, clock });
  await appendMany(journal, 3);
  room = false;
  const answers = await Promise.all([appendMany(journal, 3, 10), delay(1).then(() => appendMany(journal, 3, 20))]);
  t.true(answers.flat().every((answer) => answer.kind === 'not_written' && answer.reason === 'full'));
  t.like(journal.state(), { kind: 'full' });

  room = true;
  const before = calls.length;
  t.like(await journal.append({ kind: 'test', content: {} }), { reason: 'full' });
  t.is(calls.length, before, 'the disk was asked too early');
  clock.advance(250);
  t.like(await journal.append({ kind: 'test', content: {} }), { kind: 'receipt', seq: 6 });
  t.like(journal.state(), { kind: 'writing', seq: 6 });
  t.like(await verifyJournal(directory), { kind: 'holds', lines: 6 });
});

test('entries that wait after a batch that finds no room fail too, and their numbers are used again', async (t) => {
  const directory = await temporaryFolder(t);
  let full = false;
  const slow = {
    ...realDisk,
    write: async (...call: Parameters<typeof realDisk.write>) => {
      await delay(20);
      if (full) throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
      return realDisk.write(...call);
    },
  };
  const journal = await opened(t, { directory, disk: slow, retryMs: 0 });
  full = true;
  const first = appendMany(journal, 2);
  await delay(5);
  const second = appendMany(journal, 2, 10);
  for (const answer of [...(await first), ...(await second)]) t.like(answer, { reason: 'full' });
  full = false;
  t.like((await appendMany(journal, 1, 20))[0], { kind: 'receipt', seq: 3 });
});

test('what is ahead of the disk begins one segment at most, so that all of it can be taken back', async (t) => {
  const directory = await temporaryFolder(t);
  let full = false;
  let release = (): void => undefined;
  const disk = {
    ...realDisk,
    write: async (...call: Parameters<typeof realDisk.write>) => {
      await new Promise<void>((resolve) => {
        release = resolve;
        if (!slow) resolve();
      });
      if (full) throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
      return realDisk.write(...call);
    },
  };
  let slow = false;
  const journal = await opened(t, { directory, disk, segmentBytes: 1, retryMs: 0 });
  slow = true;
  const waiting = [];
  // Time for two new segments to be made ready, while the first line is still on its way.
  for (let n = 0; n < 10; n += 1) {
    waiting.push(journal.append({ kind: 'test', content: { n } }));
    await delay(10);
  }
  full = true;
  slow = false;
  release();
  for (const answer of await Promise.all(waiting)) t.like(answer, { reason: 'full' });
  full = false;
  for (let n = 0; n < 10; n += 1) t.like(await journal.append({ kind: 'test', content: { n } }), { kind: 'receipt' });
  await journal.close();
  t.like(await verifyJournal(directory), { kind: 'holds', unfinishedBytes: 0 });
});

test('a failed sync is final: no receipt is given after it, and the disk is not used again', async (t) => {
  const directory = await temporaryFolder(t);
  let failing = false;
  const { disk, calls } = faultyDisk(({ name }) => (name === 'syncData' && failing ? 'EIO' : 'none'));
  const journal = await opened(t, { directory, disk });
  t.like((await appendMany(journal, 1))[0], { kind: 'receipt' });
  failing = true;
  const answers = await appendMany(journal, 3);
  t.true(answers.every((answer) => answer.kind === 'not_written' && answer.reason === 'failed'));
  t.like(await journal.failed, { kind: 'not_written', reason: 'failed', detail: 'EIO: injected' });
  failing = false;
  const before = calls.length;
  t.like((await appendMany(journal, 1))[0], { reason: 'failed' });
  t.is(calls.length, before);
  t.like(journal.state(), { kind: 'failed' });
});

const MEANINGS = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EIO: 'failed',
  EBADF: 'failed',
  EROFS: 'failed',
} as const;
for (const [code, reason] of Object.entries(MEANINGS)) {
  test(`a write that fails with ${code} means that the journal is ${reason}`, async (t) => {
    const directory = await temporaryFolder(t);
    let failing = false;
    const { disk } = faultyDisk(({ name }) => (name === 'write' && failing ? (code as Fault) : 'none'));
    const journal = await opened(t, { directory, disk });
    failing = true;
    t.like(await journal.append({ kind: 'test', content: {} }), { kind: 'not_written', reason });
    t.is(journal.state().kind, reason);
  });
}

test('a journal whose file cannot be cut back after a short write has failed', async (t) => {
  const directory = await temporaryFolder(t);
  let failing = false;
  const { disk } = faultyDisk(({ name }) => {
    if (!failing || (name !== 'write' && name !== 'truncate')) return 'none';
    return name === 'write' ? 'ENOSPC' : 'EIO';
  });
  const journal = await opened(t, { directory, disk });
  failing = true;
  t.like(await journal.append({ kind: 'test', content: {} }), { kind: 'not_written', reason: 'failed' });
});

test('closing does not wait for ever for a disk that does not answer', async (t) => {
  const directory = await temporaryFolder(t);
  let answering = true;
  const { disk } = faultyDisk(() => (answering ? 'none' : 'silent'));
  const journal = await opened(t, { directory, disk, closeMs: 50 });
  answering = false;
  const waiting = appendMany(journal, 2);
  await journal.close();
  for (const answer of await waiting) t.like(answer, { kind: 'not_written', reason: 'failed' });
});

test('when too much waits for the disk, more entries are refused', async (t) => {
  const directory = await temporaryFolder(t);
  let answering = true;
  const { disk } = faultyDisk(() => (answering ? 'none' : 'silent'));
  const journal = await opened(t, { directory, disk, closeMs: 50, waitingBytes: 10_000 });
  answering = false;
  void appendMany(journal, 100);
  t.like(await journal.append({ kind: 'test', content: {} }), { kind: 'not_written', reason: 'full' });
});

test("what JSON cannot hold, and the journal's own kinds, are a caller's bug and reported as unencodable", async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory });
  const loop: { self?: object } = {};
  loop.self = loop;
  const strange: readonly { kind: string; content: object }[] = [
    { kind: 'test', content: { big: 1n } },
    { kind: 'test', content: loop },
    { kind: 'test', content: [1] },
    { kind: 'test', content: { toJSON: () => 'text' } },
    { kind: 'segment', content: {} },
    { kind: 'recover', content: {} },
    { kind: 'checkpoint', content: {} },
    { kind: 'retention', content: {} },
    { kind: 'gap', content: {} },
    { kind: 'clock', content: {} },
    { kind: 'Upper', content: {} },
    { kind: 'a"b', content: {} },
    { kind: '', content: {} },
  ];
  for (const entry of strange) {
    // What a caller in plain JavaScript could do.
    const append: (entry: { kind: string; content: never }) => Promise<object> = journal.append;
    t.like(await append(Object.assign(entry) as never), { reason: 'unencodable' }, entry.kind);
  }
  t.deepEqual(await kindsOf(directory), ['segment', 'checkpoint']);
});
