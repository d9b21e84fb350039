import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { openOutput } from '../../../../lib/cli/audit/export/export-output.js';
import { folderOf } from '../../command.js';

test('before it is complete, no file has the final name', async (t) => {
  const folder = await folderOf(t);
  const path = join(folder.path, 'out');
  const output = await openOutput(path, false);
  await output.write('a\n');
  await t.throwsAsync(readFile(path), { code: 'ENOENT' });
  await output.commit();
  await output.discard();
  t.is(await readFile(path, 'utf8'), 'a\n');
  t.deepEqual(await readdir(folder.path), ['out']);
});

test('an abandoned export leaves no file', async (t) => {
  const folder = await folderOf(t);
  const output = await openOutput(join(folder.path, 'out'), false);
  await output.write('a\n'.repeat(1_000_000));
  await output.discard();
  t.deepEqual(await readdir(folder.path), []);
});

test('a file that was created during the export is not replaced', async (t) => {
  const folder = await folderOf(t);
  const path = join(folder.path, 'out');
  const output = await openOutput(path, false);
  await writeFile(path, 'theirs');
  await t.throwsAsync(output.commit(), { message: /was created meanwhile/ });
  await output.discard();
  t.is(await readFile(path, 'utf8'), 'theirs');
  t.deepEqual(await readdir(folder.path), ['out']);
});

test('a file that cannot get its final name is reported with the code of the system', async (t) => {
  const folder = await folderOf(t);
  const path = join(folder.path, 'out');
  const output = await openOutput(path, true);
  await mkdir(path);
  await t.throwsAsync(output.commit(), { message: /cannot write .* \(E/ });
  await output.discard();
  t.deepEqual(await readdir(folder.path), ['out']);
});

test('a write that fails is reported with the code of the system', async (t) => {
  const output = await openOutput(join((await folderOf(t)).path, 'out'), false);
  await output.discard();
  await t.throwsAsync(output.write('a\n'), { message: /cannot write .* \(E/ });
});

test('a write ends when its text is in the file, so that unwritten text stays small', async (t) => {
  const folder = await folderOf(t);
  const path = join(folder.path, 'out');
  const output = await openOutput(path, false);
  const [temporary = ''] = await readdir(folder.path);
  for (let written = 200_000; written <= 2_000_000; written += 200_000) {
    await output.write(`${'x'.repeat(99)}\n`.repeat(2_000));
    t.is((await stat(join(folder.path, temporary))).size, written);
  }
  await output.commit();
  t.is((await readFile(path)).length, 2_000_000);
});
