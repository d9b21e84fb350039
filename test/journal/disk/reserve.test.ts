import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { realDisk } from '../../../lib/journal/disk/disk.js';
import { Reserve } from '../../../lib/journal/disk/reserve.js';
import { verifyJournal, type Journal, type JournalOptions } from '../../../lib/journal/index.js';
import { checkpointsOf, publicKey } from '../checkpoints.js';
import { faultyDisk } from '../faulty-disk.js';
import { appendMany, opened, temporaryFolder } from '../temporary.js';

const BYTES = 600_000;

test('a reserve is a file of its size, really written, made once', async (t) => {
  const directory = await temporaryFolder(t);
  const { disk, calls } = faultyDisk(() => 'none');
  const reserve = new Reserve(disk, directory, BYTES);
  t.true(await reserve.keep());
  const { size, blocks } = await stat(join(directory, 'reserve'));
  t.is(size, BYTES);
  t.true(blocks * 512 >= BYTES, 'the file is sparse');
  const before = calls.length;
  t.true(await reserve.keep());
  t.true(await new Reserve(disk, directory, BYTES).keep());
  t.is(calls.length, before, 'it was made again');
});

test('a reserve that is given up makes room, and can be made again', async (t) => {
  const directory = await temporaryFolder(t);
  const reserve = new Reserve(realDisk, directory, BYTES);
  t.false(await reserve.giveUp(), 'there was none');
  await reserve.keep();
  t.true(await reserve.giveUp());
  t.deepEqual(await readdir(directory), []);
  t.false(await reserve.giveUp(), 'it was given up before');
  t.true(await reserve.keep());
});

test('a reserve of another size is replaced, and one that is not wanted removed', async (t) => {
  const directory = await temporaryFolder(t);
  await new Reserve(realDisk, directory, BYTES).keep();
  await new Reserve(realDisk, directory, 2 * BYTES).keep();
  t.is((await stat(join(directory, 'reserve'))).size, 2 * BYTES);
  t.true(await new Reserve(realDisk, directory, 0).keep());
  t.deepEqual(await readdir(directory), []);
});

test('a reserve that the disk has no room for is not made, and that is reported', async (t) => {
  const directory = await temporaryFolder(t);
  const reserve = new Reserve(realDisk, directory, 2 ** 50);
  t.false(await reserve.keep());
  t.regex(JSON.stringify(reserve.state()), /cannot create the reserve: \d+ bytes are free/);
  t.deepEqual(await readdir(directory), []);
});

for (const fault of ['ENOSPC', 'EIO'] as const) {
  test(`a disk that fails with ${fault} while the reserve is made leaves none, or a whole one`, async (t) => {
    for (let n = 1; ; n += 1) {
      const directory = await temporaryFolder(t);
      const { disk, calls } = faultyDisk(({ number }) => (number === n ? fault : 'none'));
      const reserve = new Reserve(disk, directory, BYTES);
      const kept = await reserve.keep();
      const names = await readdir(directory);
      if (kept || names.length > 0) t.is((await stat(join(directory, 'reserve'))).size, BYTES, `a fault at ${n}`);
      t.true(await reserve.keep(), `after a fault at ${n}`);
      t.deepEqual(await readdir(directory), ['reserve'], `after a fault at ${n}`);
      if (calls.length < n) return;
    }
  });
}

/** A journal with a reserve, on a disk whose fullness is told by whether the reserve is there. */
async function onSmallDisk(
  t: ExecutionContext,
  options: Partial<JournalOptions> = {},
): Promise<{ journal: Journal; directory: string; full: (is: boolean) => void }> {
  const directory = await temporaryFolder(t);
  let full = false;
  let room = 0;
  const { disk: faulty } = faultyDisk(({ name }) => {
    if (!full || name !== 'write') return 'none';
    room -= 1;
    return room < 0 ? 'ENOSPC' : 'none';
  });
  const disk = {
    ...faulty,
    remove: async (path: string) => {
      await faulty.remove(path);
      if (path.endsWith('/reserve')) room = 6;
    },
  };
  const setFull = (is: boolean): void => {
    full = is;
    room = 0;
  };
  const journal = await opened(t, { directory, disk, reserveBytes: BYTES, retryMs: 5, ...options });
  while (!(await readdir(directory)).includes('reserve')) await delay(1);
  return { journal, directory, full: setFull };
}

function urgent(journal: Journal, n: number) {
  return journal.append({ kind: 'close', content: { n }, reserve: 'all' });
}

test('on a full disk urgent entries are still written, others are refused until there is room', async (t) => {
  const { journal, directory, full } = await onSmallDisk(t);
  full(true);
  const together = await Promise.all([
    journal.append({ kind: 'test', content: { n: 1 } }),
    urgent(journal, 2),
    journal.append({ kind: 'test', content: { n: 3 } }),
    urgent(journal, 4),
  ]);
  t.deepEqual(
    together.map((answer) => (answer.kind === 'receipt' ? answer.seq : answer.reason)),
    ['full', 3, 'full', 4],
  );
  t.like(journal.state(), { kind: 'full', seq: 4 });
  t.like(await journal.append({ kind: 'test', content: { n: 5 } }), { reason: 'full' });
  t.like(await urgent(journal, 6), { kind: 'receipt', seq: 5 });
  t.like(
    await journal.append({ kind: 'test', content: { n: 7 } }),
    { reason: 'full' },
    'the reserve is for the urgent',
  );

  full(false);
  while (journal.state().kind !== 'writing') await delay(1);
  t.like(await journal.append({ kind: 'test', content: { n: 8 } }), { kind: 'receipt', seq: 6 });
  t.true((await readdir(directory)).includes('reserve'), 'it has been made again');
  await journal.close();
  t.like(await verifyJournal(directory), { kind: 'holds' });
  t.not(typeof (await checkpointsOf(directory, await publicKey(`${directory}.key`))), 'string');
});

test('what others cause at any rate uses a part of the reserve, and the rest is left for what must not be missing', async (t) => {
  const { journal, directory, full } = await onSmallDisk(t, { sharedReserveBytes: 2_000 });
  const shared = (n: number) => journal.append({ kind: 'decision', content: { n }, reserve: 'part' });
  full(true);
  // Together with the batch that finds no room, so that they are added again when the reserve is given up.
  const first = await Promise.all(Array.from({ length: 20 }, (_, n) => shared(n)));
  const written = first.filter(({ kind }) => kind === 'receipt').length;
  t.true(written > 0 && written < 20, `${written} of 20`);
  t.like(await shared(20), { reason: 'full' });
  t.like(await urgent(journal, 21), { kind: 'receipt' });
  full(false);
  while (journal.state().kind !== 'writing') await delay(1);
  full(true);
  t.like(await shared(22), { kind: 'receipt' }, 'the next full disk has a whole part again');
  full(false);
  await journal.close();
  t.like(await verifyJournal(directory), { kind: 'holds' });
});

test('when the reserve is used up too, urgent entries fail too, and are tried again later', async (t) => {
  const { journal, directory, full } = await onSmallDisk(t);
  full(true);
  const answers = [];
  for (let n = 0; n < 12; n += 1) answers.push((await urgent(journal, n)).kind);
  t.true(answers.includes('receipt') && answers.includes('not_written'));
  full(false);
  while (journal.state().kind !== 'writing') await delay(1);
  t.like((await appendMany(journal, 1))[0], { kind: 'receipt' });
  await journal.close();
  t.like(await verifyJournal(directory), { kind: 'holds' });
});

test('a journal that is closed on a full disk has its last checkpoint', async (t) => {
  const { journal, directory, full } = await onSmallDisk(t);
  full(true);
  const last = urgent(journal, 1);
  await journal.close();
  t.like(await last, { kind: 'receipt' });
  const found = await checkpointsOf(directory, await publicKey(`${directory}.key`));
  t.is(typeof found === 'string' ? found : found.at(-1)?.size, 3);
});
