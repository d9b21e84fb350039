import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import test, { type ExecutionContext } from 'ava';
import { beginDurableWrite, replaceDurably, syncFolder } from '../../lib/system/durable-file.js';
import { makeFolder, type Folder } from '../fixtures/folder.js';
import { failingSyncs, watchingSyncs } from '../fixtures/syncs.js';

async function folderFor(t: ExecutionContext, files: Readonly<Record<string, string>> = {}): Promise<Folder> {
  const folder = await makeFolder(files);
  t.teardown(folder.remove);
  return folder;
}

test('a file is replaced whole, and nothing is left beside it', async (t) => {
  const { path } = await folderFor(t, { a: 'old' });
  await replaceDurably(`${path}/a`, 'new');
  t.is(await readFile(`${path}/a`, 'utf8'), 'new');
  t.deepEqual(await readdir(path), ['a']);
});

test('a file and its folder are created private, or with the mode that is asked for', async (t) => {
  const { path } = await folderFor(t);
  await replaceDurably(`${path}/in/a`, Buffer.from('new'));
  await replaceDurably(`${path}/in/b`, 'new', 0o644);
  const modes = await Promise.all(['in', 'in/a', 'in/b'].map(async (name) => (await stat(`${path}/${name}`)).mode));
  t.deepEqual(
    modes.map((mode) => mode & 0o777),
    [0o700, 0o600, 0o644],
  );
});

test('what a crash left beside a file is replaced too', async (t) => {
  const { path } = await folderFor(t, { a: 'old' });
  await writeFile(`${path}/a.new`, 'half of someth', { mode: 0o644 });
  await replaceDurably(`${path}/a`, 'new');
  t.is(await readFile(`${path}/a`, 'utf8'), 'new');
  t.is((await stat(`${path}/a`)).mode & 0o777, 0o600);
});

test('a write that fails leaves the old file, and nothing beside it', async (t) => {
  const { path } = await folderFor(t, { 'a/b': 'a folder cannot be replaced by a file' });
  await t.throwsAsync(replaceDurably(`${path}/a`, 'new'), { code: 'EISDIR' });
  t.deepEqual(await readdir(path), ['a']);
});

test('creating never takes the place of a file', async (t) => {
  const { path } = await folderFor(t);
  const [one, other] = [await beginDurableWrite(`${path}/a`), await beginDurableWrite(`${path}/a`)];
  await one.file.writeFile('one');
  await other.file.writeFile('other');
  await one.commit('create');
  await t.throwsAsync(other.commit('create'), { code: 'EEXIST' });
  await other.discard();
  await one.discard();
  t.deepEqual(await readdir(path), ['a']);
  t.is(await readFile(`${path}/a`, 'utf8'), 'one');
});

test('a temporary name that is taken is an error, and is not removed', async (t) => {
  const { path } = await folderFor(t, { 'a.lock': 'taken' });
  await t.throwsAsync(beginDurableWrite(`${path}/a`, `${path}/a.lock`), { code: 'EEXIST' });
  t.deepEqual(await readdir(path), ['a.lock']);
});

test.serial('the file is synced before the rename, and the folder after it', async (t) => {
  const { path } = await folderFor(t, { a: 'old' });
  const steps: string[] = [];
  await watchingSyncs(
    async (what) => void steps.push(what, await readFile(`${path}/a`, 'utf8')),
    () => replaceDurably(`${path}/a`, 'new'),
  );
  t.deepEqual(steps, ['file', 'old', 'folder', 'new']);
});

test.serial('a sync that fails is an error, of the file and of the folder', async (t) => {
  const { path } = await folderFor(t, { a: 'old' });
  for (const [failing, content] of [
    ['file', 'old'],
    ['folder', 'new'],
  ] as const) {
    await failingSyncs(failing, () => t.throwsAsync(replaceDurably(`${path}/a`, 'new'), { code: 'EIO' }));
    t.is(await readFile(`${path}/a`, 'utf8'), content);
    t.deepEqual(await readdir(path), ['a']);
  }
});

test('a folder that cannot be opened is an error', async (t) => {
  const { path } = await folderFor(t);
  await t.throwsAsync(syncFolder(`${path}/none`), { code: 'ENOENT' });
});
