import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { takeLock, type Lock } from '../../../lib/journal/disk/lock.js';
import { testWith } from '../../programs.js';
import { temporaryFolder } from '../temporary.js';

const WRITER = fileURLToPath(new URL('../writer-process.js', import.meta.url));

test('of many that take the lock at once exactly one gets it, and the others learn its process id', async (t) => {
  const directory = await temporaryFolder(t);
  for (let round = 0; round < 10; round += 1) {
    const answers = await Promise.all(Array.from({ length: 16 }, () => takeLock(directory)));
    const locks = answers.filter((answer) => answer.kind === 'lock');
    t.is(locks.length, 1);
    for (const answer of answers) if (answer.kind === 'held') t.is(answer.pid, process.pid);
    await release(locks);
  }
});

async function release(locks: readonly Lock[]): Promise<void> {
  for (const lock of locks) await lock.release();
}

test('locks that come and go under contention are never held twice', async (t) => {
  const directory = await temporaryFolder(t);
  let holders = 0;
  let taken = 0;
  const contender = async (): Promise<void> => {
    for (let n = 0; n < 30; n += 1) {
      const answer = await takeLock(directory);
      if (answer.kind === 'held') continue;
      holders += 1;
      taken += 1;
      t.is(holders, 1);
      await new Promise((resolve) => setImmediate(resolve));
      holders -= 1;
      await answer.release();
    }
  };
  await Promise.all(Array.from({ length: 8 }, contender));
  t.true(taken > 8);
});

test('a released lock leaves one dead socket, and the refused ones leave nothing', async (t) => {
  const directory = await temporaryFolder(t);
  for (let round = 1; round <= 3; round += 1) {
    const lock = await takeLock(directory);
    if (lock.kind !== 'lock') return t.fail();
    t.is((await takeLock(directory)).kind, 'held');
    await lock.release();
    t.deepEqual(await readdir(directory), [`lock.${round}`]);
  }
});

test('what a killed contender left is swept away, other files are not', async (t) => {
  const directory = await temporaryFolder(t);
  await writeFile(join(directory, 'lock-0123456789abcdef'), '');
  await writeFile(join(directory, 'lock.txt'), '');
  const lock = await takeLock(directory);
  t.deepEqual((await readdir(directory)).sort(), ['lock.1', 'lock.txt']);
  if (lock.kind === 'lock') await lock.release();
});

test('a directory with a path longer than a socket may have is locked as well', async (t) => {
  const directory = join(await temporaryFolder(t), ...Array.from({ length: 8 }, () => 'd'.repeat(100)));
  await mkdir(directory, { recursive: true });
  const lock = await takeLock(directory);
  t.is(lock.kind, 'lock');
  t.deepEqual(await takeLock(directory), { kind: 'held', pid: process.pid });
  if (lock.kind === 'lock') await lock.release();
  t.is((await takeLock(directory)).kind, 'lock');
});

test('a directory reached by another name has the same lock', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'real'));
  await symlink(join(folder, 'real'), join(folder, 'other'));
  const lock = await takeLock(join(folder, 'real'));
  t.is((await takeLock(join(folder, 'other'))).kind, 'held');
  if (lock.kind === 'lock') await lock.release();
});

test('a holder that does not send its process id still holds the lock', async (t) => {
  const directory = await temporaryFolder(t);
  const server = createServer((socket) => socket.end('not a number'));
  await new Promise<void>((resolve) => server.listen(join(directory, 'lock.7'), resolve));
  t.deepEqual(await takeLock(directory), { kind: 'held', pid: 'not_visible' });
  await new Promise((resolve) => server.close(resolve));
});

test('a client that never hangs up does not keep the lock from being released', async (t) => {
  const directory = await temporaryFolder(t);
  const lock = await takeLock(directory);
  const asker = connect({ path: join(directory, 'lock.1'), allowHalfOpen: true });
  await new Promise((resolve) => asker.once('data', resolve));
  if (lock.kind === 'lock') await lock.release();
  asker.destroy();
  t.is((await takeLock(directory)).kind, 'lock');
});

const STRACE = 'strace';
testWith(STRACE)(
  'who falls asleep between looking and linking does not get a lock that went through other hands',
  async (t) => {
    const directory = await temporaryFolder(t);
    const take = async (): Promise<Lock> => {
      const lock = await takeLock(directory);
      if (lock.kind !== 'lock') throw new Error('the sleeper holds it');
      return lock;
    };
    await (await take()).release();
    const asleep = ['-e', 'trace=link,linkat', '-e', 'inject=link,linkat:delay_enter=2000000'];
    const sleeper = spawn(STRACE, [
      '-f',
      '-qq',
      '-o',
      '/dev/null',
      ...asleep,
      process.execPath,
      WRITER,
      directory,
      '0',
    ]);
    let told = '';
    sleeper.stdout.on('data', (bytes: Buffer) => (told += bytes.toString()));
    const ended = once(sleeper, 'close');
    while (!(await readdir(directory)).some((name) => name.startsWith('lock-'))) {
      t.is(sleeper.exitCode, null, 'the sleeper ended before it listened');
      await delay(10);
    }
    // It listens. A moment later it has found lock.1 dead, and sleeps before it links lock.2.
    await delay(500);
    await (await take()).release();
    const lock = await take();
    t.deepEqual(
      (await readdir(directory)).filter((name) => name.startsWith('lock.')),
      ['lock.3'],
    );
    await ended;
    t.like(JSON.parse(told), { kind: 'locked', pid: process.pid });
    t.deepEqual(await readdir(directory), ['lock.3']);
    await lock.release();
  },
);
