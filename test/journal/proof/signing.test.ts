import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openJournal, readJournal, verifyJournal, type Clock, type Journal } from '../../../lib/journal/index.js';
import { generateKeyFile } from '../../../lib/journal/proof/index.js';
import { checkpointsOf, publicKey, type Checked } from '../checkpoints.js';
import { faultyDisk } from '../faulty-disk.js';
import { appendMany, collect, kindsOf, opened, temporaryFolder } from '../temporary.js';

async function checked(t: ExecutionContext, directory: string): Promise<readonly Checked[]> {
  const found = await checkpointsOf(directory, await publicKey(`${directory}.key`));
  if (typeof found !== 'string') return found;
  t.fail(found);
  return [];
}

test('a first start makes a key that only its owner may read, and its public side beside it', async (t) => {
  const directory = await temporaryFolder(t);
  await (await opened(t, { directory })).close();
  t.is((await stat(`${directory}.key`)).mode & 0o777, 0o600);
  t.regex(await readFile(`${directory}.key`, 'latin1'), /^-----BEGIN PRIVATE KEY-----\n/);
  t.regex(await readFile(`${directory}.key.pub`, 'latin1'), /^tidegate\/[0-9a-f]{16}\+[0-9a-f]{8}\+[\w+/]{44}\n$/);
});

test('a start and a stop are signed, and each checkpoint speaks of all lines before it', async (t) => {
  const directory = await temporaryFolder(t);
  for (let start = 0; start < 3; start += 1) {
    const journal = await opened(t, { directory });
    await appendMany(journal, 10);
    await journal.close();
  }
  const found = await checked(t, directory);
  t.deepEqual(
    found.map(({ seq }) => seq),
    [2, 13, 14, 25, 26, 37],
  );
  t.true(found.every(({ seq, size }) => size === seq - 1));
});

test('a stop behind a checkpoint signs nothing more', async (t) => {
  const directory = await temporaryFolder(t);
  await (await opened(t, { directory })).close();
  t.deepEqual(await kindsOf(directory), ['segment', 'checkpoint']);
});

test('after so many lines there is a checkpoint', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory, checkpointLines: 10 });
  for (let n = 0; n < 40; n += 1) await appendMany(journal, 1, n);
  t.deepEqual(
    (await checked(t, directory)).map(({ seq }) => seq),
    [2, 13, 24, 35, 46],
  );
});

test('an idle journal is signed again and again', async (t) => {
  const directory = await temporaryFolder(t);
  const sizes: number[] = [];
  let enough = (): void => undefined;
  const three = new Promise<void>((resolve) => (enough = resolve));
  const onCheckpoint = (_: string, size: number): void => {
    if (sizes.push(size) === 4) enough();
  };
  const journal = await opened(t, { directory, checkpointMs: 5, onCheckpoint });
  await three;
  await journal.close();
  t.deepEqual(sizes.slice(0, 4), [1, 2, 3, 4]);
  await checked(t, directory);
});

test("each segment's second line is a checkpoint, whatever a crash left of the segment", async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory, segmentBytes: 3000 });
  for (let n = 0; n < 60; n += 1) await appendMany(journal, 1, n);
  await journal.close();
  const lines = await collect(readJournal(directory));
  const seconds = lines.filter((_, index) => kindAt(lines[index - 1]) === 'segment').map(kindAt);
  t.true(seconds.length > 3);
  t.true(seconds.every((kind) => kind === 'checkpoint'));

  const newest = lines.findLast((line) => kindAt(line) === 'segment');
  if (newest === undefined) return t.fail();
  const path = join(directory, newest.segment);
  await writeFile(path, (await readFile(path)).subarray(0, newest.bytes.length));
  await (await opened(t, { directory })).close();
  t.deepEqual((await kindsOf(directory)).slice(-2), ['segment', 'checkpoint']);
  await checked(t, directory);
});

function kindAt(line: { read: string; kind?: string } | undefined): string {
  return line?.kind ?? 'none';
}

test('a checkpoint is announced once it is on disk, never before, and with the note that stands there', async (t) => {
  const directory = await temporaryFolder(t);
  const seen: { readonly note: string; readonly durable: number; readonly size: number }[] = [];
  let journal: Journal | 'none' = 'none';
  const onCheckpoint = (note: string, size: number): void => {
    if (journal === 'none') return;
    const { seq } = journal.state();
    seen.push({ note, durable: seq, size });
  };
  journal = await opened(t, { directory, checkpointLines: 7, onCheckpoint });
  await appendMany(journal, 100);
  for (let n = 100; n < 130; n += 1) await appendMany(journal, 1, n);
  await journal.close();
  t.true(seen.length > 15);
  t.true(seen.every(({ durable, size }) => durable > size));
  const notes = (await collect(readJournal(directory))).flatMap((line) =>
    line.read === 'line' && line.kind === 'checkpoint' ? [line.content['note']] : [],
  );
  t.deepEqual(
    notes.slice(-seen.length),
    seen.map(({ note }) => note),
  );
});

/** A clock that stands still unless it is told otherwise. */
function stoppedClock(): Clock & { advance: (ms: number) => void } {
  let ms = Date.UTC(2026, 0, 31, 12);
  return { now: () => ms, mono: () => ms, advance: (by) => void (ms += by) };
}

test('when lines are taken back, the tree is too, and no checkpoint over them is announced', async (t) => {
  const directory = await temporaryFolder(t);
  const clock = stoppedClock();
  let room = true;
  const { disk } = faultyDisk(({ name }) => (name === 'write' && !room ? 'ENOSPC' : 'none'));
  const told: number[] = [];
  const onCheckpoint = (_: string, size: number): void => void told.push(size);
  const journal = await opened(t, { directory, disk, clock, checkpointLines: 4, retryMs: 10, onCheckpoint });
  for (let round = 0; round < 6; round += 1) {
    await appendMany(journal, 3, round * 100);
    room = false;
    t.true((await appendMany(journal, 9, round * 100 + 10)).every(({ kind }) => kind === 'not_written'));
    room = true;
    clock.advance(10);
  }
  await journal.close();
  t.deepEqual(
    (await checked(t, directory)).map(({ size }) => size),
    told,
  );
  t.like(await verifyJournal(directory), { kind: 'holds' });
});

test('a key that cannot be created is a journal that cannot be written, and no wrong key', async (t) => {
  const directory = await temporaryFolder(t);
  const keyFile = join(dirname(directory), 'absent', 'key');
  t.like(await openJournal({ directory, keyFile }), { kind: 'unwritable', code: 'ENOENT' });
});

test('a journal does not open without the key that signed it last, nor with another one', async (t) => {
  const directory = await temporaryFolder(t);
  await (await opened(t, { directory })).close();
  const keyFile = join(dirname(directory), 'other.key');
  t.like(await openJournal({ directory, keyFile }), { kind: 'wrong_key', keyFile });
  await generateKeyFile(keyFile, 'own');
  const other = await openJournal({ directory, keyFile });
  t.like(other, { kind: 'wrong_key', keyFile });
  t.regex(other.kind === 'wrong_key' ? `${other.detail} ${other.remedy}` : '', /as the signing key .* rotate-key/);
  t.deepEqual(await kindsOf(directory), ['segment', 'checkpoint'], 'something was written');
  t.is((await opened(t, { directory })).kind, 'journal');
});

test('a key that others may read is not used', async (t) => {
  const directory = await temporaryFolder(t);
  await (await opened(t, { directory })).close();
  await chmod(`${directory}.key`, 0o644);
  t.like(await openJournal({ directory }), { kind: 'wrong_key' });
});

test('a key made by an administrator is taken, wherever it lies', async (t) => {
  const directory = await temporaryFolder(t);
  const keyFile = join(dirname(directory), 'kept-elsewhere.key');
  await generateKeyFile(keyFile, 'own');
  await (await opened(t, { directory, keyFile })).close();
  t.not(typeof (await checkpointsOf(directory, await publicKey(keyFile))), 'string');
  await t.throwsAsync(stat(`${directory}.key`));
});

test('a journal from before there were checkpoints gets a key and a tree over all of its lines', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory });
  await appendMany(journal, 5);
  await journal.close();
  const path = join(directory, 'segment-00000001.jsonl');
  const [first = ''] = (await readFile(path, 'latin1')).split(/(?<=\n)/);
  await writeFile(path, first);
  await rm(`${directory}.key`);
  await rm(`${directory}.key.pub`);
  const again = await opened(t, { directory });
  await appendMany(again, 5);
  await again.close();
  t.is((await checked(t, directory)).length, 2);
});
