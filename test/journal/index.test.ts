import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { openJournal, verifyJournal } from '../../lib/journal/index.js';
import { onSmallDisk, testOnSmallDisk } from '../fixtures/small-disk.js';
import { testWith } from '../programs.js';
import { appendMany, opened, temporaryFolder } from './temporary.js';
import { checkReceipts, startWriter } from './start-writer.js';

const FULL_DISK = fileURLToPath(new URL('full-disk.js', import.meta.url));

test.serial('while a process holds the lock, another gets its id; after kill -9 the lock is free', async (t) => {
  const directory = join(await temporaryFolder(t), 'journal');
  const writing = startWriter(directory, 1);
  await writing.tells('open');
  t.like(await openJournal({ directory }), { kind: 'locked', pid: writing.process.pid });
  writing.process.kill('SIGSTOP');
  t.like(
    await openJournal({ directory }),
    { kind: 'locked', pid: 'not_visible' },
    'a stopped process holds the lock too',
  );
  writing.process.kill('SIGKILL');
  await writing.ended;
  t.like((await appendMany(await opened(t, { directory }), 1))[0], { kind: 'receipt' });
});

testWith('strace')(
  'a failed fdatasync of a real process ends it: no receipt follows, and the chain holds',
  async (t) => {
    const directory = join(await temporaryFolder(t), 'journal');
    const inject = [
      'strace',
      '-f',
      '-qq',
      '-o',
      '/dev/null',
      '-e',
      'trace=fdatasync',
      '-e',
      'inject=fdatasync:error=EIO:when=20',
    ];
    const writing = startWriter(directory, 8, inject);
    t.is(await writing.ended, 70);
    const told = writing.told();
    t.is(told.at(-1), 'failed');
    await checkReceipts(t, directory, told);
    await (await opened(t, { directory })).close();
    t.like(await verifyJournal(directory), { kind: 'holds' });
  },
);

testOnSmallDisk('a disk that gets full stops all receipts, and gives them again when there is room', async (t) => {
  const ran = await onSmallDisk(await temporaryFolder(t), '1m', FULL_DISK);
  t.is(ran.status, 0, ran.stderr);
  const found: unknown = JSON.parse(ran.stdout);
  t.like(found, {
    whenFull: ['full'],
    state: 'full',
    chainWhenFull: 'holds',
    after: 'number',
    missing: [],
    chain: { kind: 'holds', unfinishedBytes: 0 },
  });
});
