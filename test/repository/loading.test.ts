import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { formatProblem } from '../../lib/policy/index.js';
import { folderSource } from '../../lib/repository/folder-source.js';
import { loadPolicies, type Loading } from '../../lib/repository/loading.js';

const TODAY = '2026-11-23';
const RULE = '  - {id: a, to: [a.example.com], protocol: tls}\n';

function folder(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'tidegate-loading-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

function load(path: string): Promise<Loading> {
  return loadPolicies(folderSource(path), TODAY);
}

test('the starter policies load without a warning, observe, and pass their cases', async (t) => {
  const loading = await load(fileURLToPath(new URL('../../../policies/', import.meta.url)));
  if (loading.kind === 'not_loaded')
    return t.fail(loading.problems.map((problem) => formatProblem(problem)).join('\n'));
  t.deepEqual(loading.warnings, []);
  t.true(loading.cases >= 10);
  t.deepEqual(
    loading.set.policies.map(({ name, mode }) => [name, mode]),
    [
      ['metadata', 'observe'],
      ['octopus', 'observe'],
    ],
  );
});

test('the starter policies pass their cases when they enforce, too', async (t) => {
  const { readFileSync, readdirSync } = await import('node:fs');
  const source = new URL('../../../policies/', import.meta.url);
  const enforcing = Object.fromEntries(
    readdirSync(source).map((name) => [
      name,
      readFileSync(new URL(name, source), 'utf8').replace(/^mode: observe$/m, 'mode: enforce'),
    ]),
  );
  const loading = await load(folder(enforcing));
  t.is(loading.kind, 'loaded');
});

test('an empty folder loads as the empty set, which denies everything, and says so (A15)', async (t) => {
  const loading = await load(folder({ 'README.md': 'nothing' }));
  if (loading.kind === 'not_loaded') return t.fail();
  t.is(loading.set.ruleCount, 0);
  t.deepEqual(
    loading.warnings.map(({ code }) => code),
    ['no_policies'],
  );
});

test('one bad file refuses the set, and problems of all files are reported', async (t) => {
  const loading = await load(
    folder({ 'a.yaml': `policy: a\nallow:\n${RULE}`, 'b.yaml': 'policy: b\nallow: []\n', 'c.yaml': ': :' }),
  );
  if (loading.kind === 'loaded') return t.fail();
  t.is(loading.why, 'policies_refused');
  t.regex(loading.revision, /^sha256:[0-9a-f]{16}$/);
  t.deepEqual([...new Set(loading.problems.map(({ file }) => file))], ['b.yaml', 'c.yaml']);
});

test('a case that fails, a case file that cannot be read, and a rule over .invalid refuse the set', async (t) => {
  const policy = `policy: a\nallow:\n${RULE}`;
  for (const [files, code] of [
    [{ 'a.yaml': policy, 'a.test.yaml': "- {connect: 'a.example.com:443', expect: deny}\n" }, 'case_failed'],
    [{ 'a.yaml': policy, 'a.test.yaml': '- {conect: x}\n' }, 'unknown_key'],
    [{ 'a.yaml': policy.replace('a.example.com', "'*.invalid'") }, 'self_test'],
  ] as const) {
    const loading = await load(folder(files));
    t.true(loading.kind === 'not_loaded' && loading.problems.some((problem) => problem.code === code), code);
  }
});

test('a file that is not UTF-8 refuses the set', async (t) => {
  const path = folder({ 'a.yaml': `policy: a\nallow:\n${RULE}` });
  writeFileSync(join(path, 'b.yaml'), Buffer.from([0x70, 0xff, 0xfe]));
  const loading = await load(path);
  if (loading.kind === 'loaded') return t.fail();
  t.like(loading.problems[0], { file: 'b.yaml', code: 'unreadable', message: 'the file is not UTF-8 text' });
});

test('one file can be loaded by itself', async (t) => {
  const path = folder({ 'a.yaml': `policy: a\nallow:\n${RULE}`, 'b.yaml': 'broken: [' });
  t.is((await load(join(path, 'a.yaml'))).kind, 'loaded');
  t.is((await load(path)).kind, 'not_loaded');
});

test('a folder that is not there is distinguished from one whose content is wrong', async (t) => {
  const loading = await load(join(folder({}), 'none'));
  if (loading.kind === 'loaded') return t.fail();
  t.is(loading.why, 'folder_unreadable');
  t.like(loading.problems[0], { code: 'unreadable', message: 'the policy folder cannot be read: ENOENT' });
});
