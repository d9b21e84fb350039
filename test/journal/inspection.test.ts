import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { inspectJournal } from '../../lib/journal/index.js';
import { appendMany, opened, temporaryFolder } from './temporary.js';

test('inspecting a journal that is being written finds no fault, also during rotation and compression', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory, segmentBytes: 20_000, compress: true, checkpointLines: 50 });
  const under = { way: true };
  const written = (async () => {
    for (let round = 0; round < 60; round += 1) await appendMany(journal, 40, round * 40);
    under.way = false;
  })();
  const seen: number[] = [];
  while (under.way) {
    const found = await inspectJournal({ directory });
    if (found.kind !== 'inspected') return t.fail(JSON.stringify(found));
    t.deepEqual(found.holder, { kind: 'held', pid: process.pid });
    if (found.end.kind === 'sound') seen.push(found.end.seq);
  }
  await written;
  t.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  );
  t.true(seen.length > 0);
});

test('an inspection takes no lock, creates no key and repairs nothing', async (t) => {
  const directory = await temporaryFolder(t);
  t.like(await inspectJournal({ directory }), { holder: 'free', end: { kind: 'empty' }, key: 'absent' });
  await t.throwsAsync(stat(`${directory}.key`), { code: 'ENOENT' });
  const journal = await opened(t, { directory });
  await appendMany(journal, 3);
  await journal.close();
  const path = join(directory, 'segment-00000001.jsonl');
  const torn = `${await readFile(path, 'latin1')}{"v":1`;
  await writeFile(path, torn);
  const before = await readdir(directory);
  t.like(await inspectJournal({ directory }), {
    holder: 'free',
    end: { kind: 'sound', segment: 'segment-00000001.jsonl', seq: 6, signedSize: 5, unfinishedBytes: 6 },
    key: 'ready',
  });
  t.is(await readFile(path, 'latin1'), torn);
  t.deepEqual(await readdir(directory), before);
});

test('damage, a lost key and a missing folder are reported', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory });
  await appendMany(journal, 3);
  await journal.close();
  const keyFile = join(directory, 'no.key');
  t.like(await inspectJournal({ directory, keyFile }), { kind: 'wrong_key', keyFile });
  const path = join(directory, 'segment-00000001.jsonl');
  await writeFile(path, (await readFile(path, 'latin1')).replace('"n":1', '"n":7'));
  t.like(await inspectJournal({ directory }), { kind: 'damaged', segment: 'segment-00000001.jsonl' });
  t.like(await inspectJournal({ directory: join(directory, 'none') }), { kind: 'unreadable', code: 'ENOENT' });
});
