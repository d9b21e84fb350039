import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { generateKeyFile, readKeyFile, writePublicKey } from '../../../lib/journal/proof/key-files.js';
import { parseVerifierKey } from '../../../lib/journal/proof/keys.js';
import { temporaryFolder } from '../temporary.js';

test('a new key lies in a file for its owner alone, its public side beside it, and nothing else', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'journal.key');
  const made = await generateKeyFile(path, 'own');
  if (made.kind !== 'key') return t.fail(made.kind);
  t.deepEqual((await readdir(folder)).sort(), ['journal.key', 'journal.key.pub']);
  t.is((await stat(path)).mode & 0o777, 0o600);
  t.regex(await readFile(path, 'utf8'), /^-----BEGIN PRIVATE KEY-----\n/);
  const vkey = await readFile(`${path}.pub`, 'utf8');
  t.is(vkey, `${made.key.text}\n`);
  t.not(parseVerifierKey(vkey.trimEnd()), 'malformed');
  const read = await readKeyFile(path, 'own');
  t.is(read.kind === 'key' ? read.key.text : read.kind, made.key.text);
});

test('no key is overwritten; its public side may be, with another name', async (t) => {
  const path = join(await temporaryFolder(t), 'journal.key');
  await generateKeyFile(path, 'own');
  const before = await readFile(path, 'utf8');
  t.deepEqual(await generateKeyFile(path, 'own'), { kind: 'exists' });
  t.is(await readFile(path, 'utf8'), before);
  const renamed = await readKeyFile(path, 'another/name');
  if (renamed.kind !== 'key') return t.fail(renamed.kind);
  await writePublicKey(path, renamed.key);
  t.regex(await readFile(`${path}.pub`, 'utf8'), /^another\/name\+/);
});

test('where the public side cannot be written, the key goes too, so that the next try makes both', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'journal.key');
  await mkdir(`${path}.pub`);
  t.like(await generateKeyFile(path, 'own'), { kind: 'unwritable' });
  t.deepEqual(await readdir(folder), ['journal.key.pub']);
});

test('absent, unreadable, invalid and exposed keys are distinguished', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'journal.key');
  t.deepEqual(await readKeyFile(path, 'own'), { kind: 'absent' });
  t.deepEqual(await generateKeyFile(join(folder, 'absent', 'key'), 'own'), { kind: 'unwritable', code: 'ENOENT' });
  await generateKeyFile(path, 'own');
  for (const mode of [0o644, 0o606, 0o620, 0o601]) {
    await chmod(path, mode);
    t.is((await readKeyFile(path, 'own')).kind, 'unusable', mode.toString(8));
  }
  for (const mode of [0o400, 0o440, 0o640]) {
    await chmod(path, mode);
    t.is((await readKeyFile(path, 'own')).kind, 'key', mode.toString(8));
  }
  await chmod(path, 0o600);
  await writeFile(path, 'nothing\n');
  t.like(await readKeyFile(path, 'own'), { kind: 'unusable' });
  t.like(await readKeyFile(folder, 'own'), { kind: 'unusable' });
});
