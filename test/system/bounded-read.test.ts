import { chmod, chown, lchown, symlink } from 'node:fs/promises';
import test from 'ava';
import { readAtMost, readPrivately, readTrusted } from '../../lib/system/bounded-read.js';
import { makeFolder } from '../fixtures/folder.js';

test('a file is read whole up to the limit, and not past it', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  for (const size of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
    const bytes = Buffer.alloc(size, 'x');
    const file = await folder.write('a', bytes);
    t.like(await readAtMost(file, size), { kind: 'bytes', bytes });
    t.like(await readAtMost(file, size + 1), { kind: 'bytes', bytes });
    if (size > 0) t.deepEqual(await readAtMost(file, size - 1), { kind: 'too_large' });
  }
});

test('a file whose size says nothing is bounded all the same', async (t) => {
  t.deepEqual(await readAtMost('/dev/zero', 100_000), { kind: 'too_large' });
});

test('an absent file and one that cannot be read differ', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  for (const read of [(path: string) => readAtMost(path, 10), (path: string) => readPrivately(path, 10, 0)]) {
    t.deepEqual(await read(`${folder.path}/none`), { kind: 'absent' });
    t.deepEqual(await read(folder.path), { kind: 'failed', reason: 'EISDIR' });
  }
});

test('a private file that others may use is not read', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const bytes = Buffer.from('secret');
  for (const [name, mode, kind] of [
    ['private', 0o600, 'bytes'],
    ['group', 0o640, 'bytes'],
    ['others', 0o604, 'exposed'],
    ['writable', 0o620, 'exposed'],
  ] as const) {
    const file = await folder.write(name, bytes);
    await chmod(file, mode);
    const read = await readPrivately(file, 100, 0o027);
    t.is(read.kind, kind, name);
  }
  t.deepEqual(await readPrivately(await folder.write('long', bytes), 5, 0o027), { kind: 'too_large' });
});

test('a trusted file is one that no other account could have put there or changed', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const bytes = Buffer.from('mine');
  const file = await folder.write('a', bytes, 0o644);
  t.like(await readTrusted(file, 10), { kind: 'bytes', bytes });
  t.deepEqual(await readTrusted(`${folder.path}/none`, 10), { kind: 'absent' });
  t.deepEqual(await readTrusted(folder.path, 10), { kind: 'failed', reason: 'not a regular file' });
  t.deepEqual(await readTrusted(`${file}/below`, 10), { kind: 'failed', reason: 'ENOTDIR' });
  const link = `${folder.path}/link`;
  await symlink(file, link);
  t.like(await readTrusted(link, 10), { kind: 'bytes', bytes });
  await chmod(file, 0o646);
  const why = 'its mode is 0646, so that other accounts may write it';
  t.deepEqual(await readTrusted(link, 10), { kind: 'untrusted', why });
});

test('neither a file nor a link of another account is trusted', async (t) => {
  if (process.getuid?.() !== 0) return t.pass('only root can give files away');
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const file = await folder.write('a', 'x', 0o644);
  const link = `${folder.path}/link`;
  await symlink(file, link);
  const theirs = { kind: 'untrusted', why: 'it belongs to uid 12345, neither to root nor to this account' };
  await lchown(link, 12345, 12345);
  t.deepEqual(await readTrusted(link, 10), theirs);
  await chown(file, 12345, 12345);
  return t.deepEqual(await readTrusted(file, 10), theirs);
});
