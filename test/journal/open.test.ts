import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { openJournal, readJournal, verifyJournal } from '../../lib/journal/index.js';
import { appendMany, collect, kindsOf, opened, temporaryFolder } from './temporary.js';

test('a new journal begins with a segment line in a private directory', async (t) => {
  const directory = join(await temporaryFolder(t), 'var', 'journal');
  const journal = await opened(t, { directory });
  t.deepEqual(await kindsOf(directory), ['segment', 'checkpoint']);
  t.is((await stat(directory)).mode & 0o777, 0o700);
  t.is((await stat(join(directory, 'segment-00000001.jsonl'))).mode & 0o777, 0o600);
  t.like(journal.state(), {
    kind: 'writing',
    seq: 2,
    segment: 'segment-00000001.jsonl',
    rotation: { kind: 'working' },
  });
});

test('a receipt has the number and time of the line that is on disk', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory });
  const receipt = await journal.append({ kind: 'decision', content: { id: 'x' } });
  if (receipt.kind !== 'receipt') return t.fail(receipt.detail);
  const lines = await collect(readJournal(directory, { fromSeq: receipt.seq }));
  t.is(lines.length, 1);
  t.like(lines[0], { read: 'line', seq: 3, time: receipt.time, kind: 'decision', content: { id: 'x' } });
});

test('answers come in the order of the calls, and the chain continues after closing and opening', async (t) => {
  const directory = await temporaryFolder(t);
  for (let start = 0; start < 3; start += 1) {
    const journal = await opened(t, { directory });
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        const answer = await journal.append({ kind: 'test', content: { n } });
        if (answer.kind === 'receipt') order.push(answer.seq);
      }),
    );
    t.deepEqual(
      order,
      // Each start but the first writes a checkpoint, and each stop.
      order.map((_, index) => start * 102 + 3 + index),
    );
    await journal.close();
  }
  t.like(await verifyJournal(directory), { kind: 'holds', lines: 307, firstSeq: 1, segments: 1, unfinishedBytes: 0 });
});

test('a closed journal refuses entries as closed, and closing twice is closing once', async (t) => {
  const journal = await opened(t, { directory: await temporaryFolder(t) });
  const waiting = appendMany(journal, 10);
  await Promise.all([journal.close(), journal.close()]);
  t.true((await waiting).every((answer) => answer.kind === 'receipt'));
  t.like(await journal.append({ kind: 'test', content: {} }), { kind: 'not_written', reason: 'closed' });
  t.deepEqual(journal.state(), { kind: 'closed', seq: 13 });
});

test('a second instance learns who holds the lock, and may open once it is free', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory });
  t.like(await openJournal({ directory }), { kind: 'locked', pid: process.pid });
  await journal.close();
  t.is((await opened(t, { directory })).kind, 'journal');
});

test('a directory that cannot be written is a problem with its code', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'file'), '');
  t.like(await openJournal({ directory: join(folder, 'file') }), { kind: 'unwritable', code: 'EEXIST' });
  t.like(await openJournal({ directory: join(folder, 'file', 'under') }), { kind: 'unwritable', code: 'ENOTDIR' });
  t.like(await openJournal({ directory: '/proc/tidegate' }), { kind: 'unwritable', code: 'ENOENT' });
  if (process.getuid?.() === 0) {
    t.log('root may write everywhere: a read-only directory was not tried');
    return;
  }
  await mkdir(join(folder, 'closed'));
  await chmod(join(folder, 'closed'), 0o500);
  t.like(await openJournal({ directory: join(folder, 'closed') }), { kind: 'unwritable', code: 'EACCES' });
});

test('a problem leaves nothing behind: neither lock nor segment', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory });
  await openJournal({ directory });
  await journal.close();
  const names = await readdir(directory);
  t.deepEqual(names.sort(), ['lock.1', 'segment-00000001.jsonl']);
});
