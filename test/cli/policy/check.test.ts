import { join } from 'node:path';
import test from 'ava';
import { carriedOut, folderOf } from '../command.js';

const GOOD = 'policy: good\nallow:\n  - id: a\n    to: [a.example]\n    protocol: tls\n';
const cases = (expect: string): string => `- connect: a.example:443\n  expect: ${expect}\n`;

test.serial('valid policies pass, and policies, rules and cases are counted', async (t) => {
  const { path } = await folderOf(t, { 'p/good.yaml': GOOD, 'p/good.test.yaml': cases('allow') });
  const ran = await carriedOut(['policy', 'check', join(path, 'p')]);
  t.is(ran.code, 0, ran.stdout);
  t.regex(ran.stdout, /^no errors: 1 policy, 1 rule, 1 case passed, revision \S+\n$/);
  t.like(await carriedOut(['policy', 'test', join(path, 'p')]), { code: 0, stdout: '1 case passed\n' });
});

test.serial('all problems are reported with line and hint, or as JSON, and the exit code is 1', async (t) => {
  const { path } = await folderOf(t, { 'p/bad.yaml': `${GOOD}alow: []\n` });
  const ran = await carriedOut(['policy', 'check', '--policies', join(path, 'p')]);
  t.is(ran.code, 1);
  t.regex(ran.stdout, /^bad\.yaml:6:1: error: unknown key "alow"/m);
  t.regex(ran.stdout, /hint: did you mean "allow"\?/);
  const json = await carriedOut(['policy', 'check', join(path, 'p'), '--json']);
  t.is(json.code, 1);
  t.like(JSON.parse(json.stdout), {
    outcome: 'policies_refused',
    problems: [{ severity: 'error', code: 'unknown_key', file: 'bad.yaml', line: 6, column: 1 }],
  });
});

test.serial('a failed case fails policy check and policy test', async (t) => {
  const { path } = await folderOf(t, { 'p/good.yaml': GOOD, 'p/good.test.yaml': cases('deny') });
  t.is((await carriedOut(['policy', 'check', join(path, 'p')])).code, 1);
  const ran = await carriedOut(['policy', 'test', join(path, 'p')]);
  t.is(ran.code, 1);
  t.regex(ran.stdout, /\n1 case failed\n$/);
});

test.serial('a folder that cannot be read ends with 66', async (t) => {
  const { path } = await folderOf(t);
  t.is((await carriedOut(['policy', 'check', join(path, 'none')])).code, 66);
});

test.serial('the bundled policies pass policy check', async (t) => {
  const ran = await carriedOut(['policy', 'check']);
  t.is(ran.code, 0, ran.stdout);
  t.regex(ran.stdout, /\npolicies of .*\/policies\/? \(default, .*\)\n$/);
});

const BOMBS: Readonly<Record<string, string>> = {
  'one host of 780 KB': `${GOOD}  - id: b\n    protocol: tls\n    to: ["${'a'.repeat(780_000)}"]\n`,
  'one host of dots': `${GOOD}  - id: b\n    protocol: tls\n    to: ["a${'.'.repeat(780_000)}a."]\n`,
  '100,000 unknown keys': GOOD + Array.from({ length: 100_000 }, (_, index) => `${index}k:\n`).join(''),
  '120,000 unknown keys': GOOD + Array.from({ length: 120_000 }, (_, index) => `k${index.toString(36)}:\n`).join(''),
  'unknown keys before 20,000 rules that are none':
    Array.from({ length: 50_000 }, (_, index) => `k${index}:\n`).join('') + GOOD + '  - {}\n'.repeat(20_000),
  'tabs behind a text': `${GOOD}description: >\n a\n${'\t\n'.repeat(450_000)}`,
  'braces that nothing opened': `a: ${'}'.repeat(900_000)}\n`,
  'commas without anything between': `allow: [${','.repeat(900_000)}]\n`,
  'quotation marks': `policy: ${'"'.repeat(900_000)}\n`,
  '20,000 rules with one id': `policy: p\nallow:\n${'  - {id: r, to: [a.example], protocol: tls}\n'.repeat(20_000)}`,
  'a big group in many rules': `policy: p\nallow:\n${Array.from({ length: 9_000 }, (_, index) => `  - {id: r${index}, to: ['group:g'], protocol: tls}\n`).join('')}groups:\n  g: [${Array.from({ length: 30_000 }, (_, index) => `a${index}.example`).join(', ')}]\n`,
  'misspelt groups beside many groups': `${GOOD}  - id: b\n    protocol: tls\n    to: [${'"group:abcdefghijklmnop",'.repeat(20_000)}]
groups:\n${Array.from({ length: 10_000 }, (_, index) => `  abcdefghijkl${index}: [x.example]\n`).join('')}`,
};

for (const [what, text] of Object.entries(BOMBS)) {
  // The limit of the test runner is far beyond what linear work takes, and far below what quadratic work takes.
  test.serial(`a policy file with ${what} is refused with its problems`, async (t) => {
    const { path } = await folderOf(t, { 'p/bomb.yaml': text });
    const ran = await carriedOut(['policy', 'check', join(path, 'p')]);
    t.is(ran.code, 1);
    t.regex(ran.stdout, /^bomb\.yaml/m);
    t.true(ran.stdout.length < 500_000);
  });
}

test.serial('no control character of a file name or a key reaches the terminal', async (t) => {
  const name = 'p/a\u001b[2J\r\n\u202eb.yaml';
  const { path } = await folderOf(t, {
    [name]: GOOD,
    'q/\u001b]0;x\u0007.yaml': `${GOOD}"\\e[31m\\r\\u009bk": 1\n`,
    'c.yaml': '"\\e[31m\\r\\nx": 1\n',
  });
  for (const args of [
    ['policy', 'check', join(path, 'p')],
    ['policy', 'check', join(path, 'q')],
    ['policy', 'check', join(path, 'q'), '--json'],
    ['policy', 'explain', '--policies', join(path, 'p'), 'CONNECT', 'a.example:443'],
    ['policy', 'explain', '--policies', join(path, 'p'), 'CONNECT', 'a.example:443', '--json'],
    ['policy', 'explain', '--policies', join(path, 'q\u001b[2J'), 'CONNECT', 'a.example:443'],
    ['config', 'show', '--config', join(path, 'c.yaml')],
    ['doctor', '--policies', join(path, 'p'), '--state', join(path, 'state')],
  ]) {
    const { stdout, stderr } = await carriedOut(args);
    t.not(stdout + stderr, '', args.join(' '));
    t.notRegex((stdout + stderr).replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u, args.join(' '));
  }
  const explained = await carriedOut(['policy', 'explain', '--policies', join(path, 'p'), 'CONNECT', 'a.example:443']);
  t.true(explained.stdout.includes('passes by good/a (a\\u001b[2J\\u000d\\u000a\\u202eb.yaml:3)'), explained.stdout);
});
