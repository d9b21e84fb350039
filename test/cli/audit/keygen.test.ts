import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '../../journal/temporary.js';
import { carriedOut } from '../command.js';

test.serial('a private key is readable by its owner only, and the public key is reported', async (t) => {
  const path = join(await temporaryFolder(t), 'journal.key');
  const { code, stdout } = await carriedOut(['audit', 'keygen', '--out', path]);
  t.is(code, 0);
  t.regex(stdout, /^private key {2}\/.*journal\.key .*\npublic key {3}tidegate\/[0-9a-f]{16}\+[0-9a-f]{8}\+\S{44}\n/);
  t.is((await stat(path)).mode & 0o777, 0o600);
  const before = await readFile(path, 'utf8');
  const again = await carriedOut(['audit', 'keygen', '--out', path]);
  t.is(again.code, 73);
  t.regex(again.stderr, /exists already and was left unchanged/);
  t.is(await readFile(path, 'utf8'), before);
});

test.serial('a key for rotation takes the name of the journal', async (t) => {
  const folder = await temporaryFolder(t);
  const name = 'tidegate/0123456789abcdef';
  const made = await carriedOut(['audit', 'keygen', '--out', join(folder, 'next.key'), '--name', name, '--json']);
  t.like(JSON.parse(made.stdout), { name, file: join(folder, 'next.key') });
  t.is((await carriedOut(['audit', 'keygen', '--out', join(folder, 'x'), '--name', 'a b'])).code, 2);
  t.is((await carriedOut(['audit', 'keygen', '--out', join(folder, 'absent', 'x')])).code, 73);
  t.is((await carriedOut(['audit', 'keygen'])).code, 2);
});
