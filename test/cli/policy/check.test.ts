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
});
