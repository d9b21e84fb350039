import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { openOutput, type Output } from '../../../../lib/cli/audit/export/export-output.js';
import { folderOf } from '../../command.js';

async function opened(path: string, force = false): Promise<Output> {
  const output = await openOutput(path, force);
  if (output.kind === 'problem') throw new Error(output.detail);
  return output;
}

async function problemOf(output: Output): Promise<string> {
  const finished = await output.finish();
  return finished.kind === 'problem' ? finished.detail : 'none';
}

test('until it is finished nothing has the name of the file', async (t) => {
  const folder = await folderOf(t);
  const path = join(folder.path, 'out');
  const output = await opened(path);
  output.write('a\n');
  await t.throwsAsync(readFile(path), { code: 'ENOENT' });
  t.deepEqual(await output.finish(), { kind: 'written' });
  t.is(await readFile(path, 'utf8'), 'a\n');
  t.deepEqual(await readdir(folder.path), ['out']);
});

test('an export that is given up leaves nothing', async (t) => {
  const folder = await folderOf(t);
  const output = await opened(join(folder.path, 'out'));
  output.write('a\n'.repeat(1_000_000));
  await output.abandon();
  t.deepEqual(await readdir(folder.path), []);
});

test('a file that came into being meanwhile is not replaced', async (t) => {
  const folder = await folderOf(t);
  const path = join(folder.path, 'out');
  const output = await opened(path);
  await writeFile(path, 'theirs');
  t.regex(await problemOf(output), /was created meanwhile/);
  t.is(await readFile(path, 'utf8'), 'theirs');
  t.deepEqual(await readdir(folder.path), ['out']);
});

test('what cannot be put in its place is reported', async (t) => {
  const folder = await folderOf(t);
  const path = join(folder.path, 'out');
  const output = await opened(path, true);
  await mkdir(path);
  t.regex(await problemOf(output), /cannot write .* \(E/);
});

test('a writer waits for room, so that what is not yet written stays small', async (t) => {
  const folder = await folderOf(t);
  const output = await opened(join(folder.path, 'out'));
  let waited = 0;
  for (let line = 0; line < 20_000; line += 1) {
    if (output.write(`${'x'.repeat(99)}\n`)) continue;
    waited += 1;
    await output.room();
  }
  t.true(waited > 0);
  t.deepEqual(await output.finish(), { kind: 'written' });
  t.is((await readFile(join(folder.path, 'out'))).length, 2_000_000);
});
