import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { fingerprintOf, readFolder } from '../../lib/repository/folder.js';
import type { SourceContent } from '../../lib/repository/policy-source.js';

function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tidegate-folder-'));
}

async function contentOf(path: string): Promise<SourceContent> {
  const { reading } = await readFolder(path);
  if (reading.kind === 'failed') throw new Error(reading.problem.message);
  return reading;
}

const names = ({ files }: SourceContent): readonly string[] => files.map(({ name }) => name);
const textsOf = ({ files }: SourceContent): readonly string[] =>
  files.map(({ bytes }) => Buffer.from(bytes).toString());
const codes = (content: SourceContent): readonly string[] =>
  content.problems.map(({ file, code, severity }) => `${severity} ${code} ${file}`);

test('policies and cases are read in order of their names; other files, dotfiles and folders below are passed over', async (t) => {
  const path = emptyFolder();
  for (const name of [
    'b.yaml',
    'a.yml',
    'C.YAML',
    'a.test.yaml',
    'z.test.yml',
    '.hidden.yaml',
    'README.md',
    'a.yaml.bak',
    'a.yaml~',
    'yaml',
  ]) {
    writeFileSync(join(path, name), `# ${name}`);
  }
  mkdirSync(join(path, 'below'));
  mkdirSync(join(path, '.git'));
  writeFileSync(join(path, 'below', 'deep.yaml'), '');
  const content = await contentOf(path);
  t.deepEqual(names(content), ['C.YAML', 'a.test.yaml', 'a.yml', 'b.yaml', 'z.test.yml']);
  t.deepEqual(codes(content), ['warning no_effect below']);
});

test('the revision is a hash of names and content: nothing else changes it, and nothing of these leaves it the same', async (t) => {
  const path = emptyFolder();
  writeFileSync(join(path, 'a.yaml'), 'one');
  writeFileSync(join(path, 'b.yaml'), 'two');
  const { revision } = await contentOf(path);
  t.regex(revision, /^sha256:[0-9a-f]{16}$/);
  utimesSync(join(path, 'a.yaml'), 1, 1);
  writeFileSync(join(path, 'README'), 'x');
  t.is((await contentOf(path)).revision, revision);
  writeFileSync(join(path, 'b.yaml'), 'tw0');
  const changed = (await contentOf(path)).revision;
  t.not(changed, revision);
  renameSync(join(path, 'b.yaml'), join(path, 'c.yaml'));
  t.not((await contentOf(path)).revision, changed);
  writeFileSync(join(path, 'a.yaml'), 'onetw');
  writeFileSync(join(path, 'c.yaml'), '0');
  t.not((await contentOf(path)).revision, changed);
});

test('a mounted ConfigMap is read: files that are links to ..data, which is a link itself', async (t) => {
  const path = emptyFolder();
  mkdirSync(join(path, '..2026_1'));
  writeFileSync(join(path, '..2026_1', 'a.yaml'), 'policy: a');
  symlinkSync('..2026_1', join(path, '..data'));
  symlinkSync('..data/a.yaml', join(path, 'a.yaml'));
  const content = await contentOf(path);
  t.deepEqual(names(content), ['a.yaml']);
  t.deepEqual(textsOf(content), ['policy: a']);
  t.deepEqual(content.problems, []);
});

test('a link that leads out of the folder is a problem, and so is one that leads nowhere', async (t) => {
  const path = emptyFolder();
  const secret = join(emptyFolder(), 'secret.yaml');
  writeFileSync(secret, 'policy: s');
  symlinkSync(secret, join(path, 'a.yaml'));
  symlinkSync('nowhere.yaml', join(path, 'b.yaml'));
  const content = await contentOf(path);
  t.deepEqual(names(content), []);
  t.deepEqual(codes(content), ['error unreadable a.yaml', 'error unreadable b.yaml']);
});

test('the folder itself may be a link, and a swap of it shows in the fingerprint', async (t) => {
  const base = emptyFolder();
  for (const name of ['one', 'two']) {
    mkdirSync(join(base, name));
    writeFileSync(join(base, name, 'a.yaml'), `policy: ${name}`);
  }
  const link = join(base, 'current');
  symlinkSync('one', link);
  const before = await fingerprintOf(link);
  t.deepEqual(textsOf(await contentOf(link)), ['policy: one']);
  symlinkSync('two', join(base, 'next'));
  renameSync(join(base, 'next'), link);
  t.not(await fingerprintOf(link), before);
  t.deepEqual(textsOf(await contentOf(link)), ['policy: two']);
});

test('what is too large or not a file is a problem by name', async (t) => {
  const path = emptyFolder();
  writeFileSync(join(path, 'a.yaml'), Buffer.alloc(1024 * 1024 + 1, 'a'));
  const makePipe = 'mkfifo';
  execFileSync(makePipe, [join(path, 'c.yaml')]);
  writeFileSync(join(path, 'd.yaml'), Buffer.alloc(1024 * 1024, 'a'));
  const content = await contentOf(path);
  t.deepEqual(names(content), ['d.yaml']);
  t.deepEqual(codes(content), ['error too_large a.yaml', 'error unreadable c.yaml']);
});

test('a file without permission is a problem', async (t) => {
  const path = emptyFolder();
  writeFileSync(join(path, 'a.yaml'), 'policy: a');
  chmodSync(join(path, 'a.yaml'), 0);
  const content = await contentOf(path);
  if (process.getuid?.() === 0) t.deepEqual(codes(content), []);
  else t.deepEqual(codes(content), ['error unreadable a.yaml']);
});

test('more than 1,000 files are a problem, and so are more than 16 MiB', async (t) => {
  const path = emptyFolder();
  for (let index = 0; index <= 1000; index += 1) writeFileSync(join(path, `${index}.yaml`), '');
  t.deepEqual(codes(await contentOf(path)), [`error too_many ${path}`]);
  const large = emptyFolder();
  const megabyte = Buffer.alloc(1024 * 1024, ' ');
  for (let index = 0; index <= 16; index += 1) writeFileSync(join(large, `${index}.yaml`), megabyte);
  t.like((await readFolder(large)).reading, { kind: 'failed', problem: { code: 'too_large' } });
});

test('a change of content, of name, by rename over or by mere time shows in the fingerprint; nothing else does', async (t) => {
  const path = emptyFolder();
  const file = join(path, 'a.yaml');
  writeFileSync(file, 'one');
  const first = await fingerprintOf(path);
  t.is(await fingerprintOf(path), first);
  const seen = new Set([first]);
  const look = async (): Promise<void> => {
    const now = await fingerprintOf(path);
    t.false(seen.has(now));
    seen.add(now);
  };
  writeFileSync(file, 'two');
  await look();
  writeFileSync(join(path, 'next'), 'two');
  renameSync(join(path, 'next'), file);
  await look();
  utimesSync(file, 5, 5);
  await look();
  writeFileSync(join(path, 'b.yaml'), '');
  await look();
  rmSync(path, { recursive: true });
  t.is(await fingerprintOf(path), 'unreadable: the policy folder cannot be read: ENOENT');
});
