import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { folderSource, loadPolicies } from '../../lib/repository/index.js';
import { formatProblem, type Problem, summariseProblem } from '../../lib/text/index.js';
import { folderWith, problemsIn, reading } from './fixture.js';

const broken: readonly (readonly [string, string, readonly string[]])[] = [
  ['a duplicate key', 'state: a\nstate: b\n', ['2:1: duplicate key "state" (remove one of the two)']],
  [
    'an alias',
    'state: &a x\npolicies: *a\n',
    [
      '1:11: anchors are not allowed (remove the & and its name)',
      '2:11: aliases are not allowed (write the value out)',
    ],
  ],
  ['a tag', 'state: !x a\n', ['1:11: tags are not allowed (remove the ! and its name)']],
  [
    'a second document',
    'state: a\n---\nstate: b\n',
    ['2:1: second document (remove the --- line: a file holds one document)'],
  ],
  ['a merge key', 'dns: {<<: {cache: 1}}\n', ['1:7: merge keys are not allowed (write the keys out)']],
  ['a key without a value', 'listen:\n', ['1:8: listen: expected a list (write it like [one, other])']],
  [
    'broken YAML',
    'state: [a\n',
    ['1:10: flow sequence in block collection must be sufficiently indented and end with a ]'],
  ],
];

for (const [what, text, expected] of broken) {
  test(`${what} is a problem with its position`, async (t) => {
    t.deepEqual(
      problemsIn(await reading(t, text)),
      expected.map((each) => `tidegate.yaml:${each}`),
    );
  });
}

test('a file that is not a mapping is one problem', async (t) => {
  for (const text of ['- a\n', 'hello\n']) {
    const [problem = '', ...others] = problemsIn(await reading(t, text));
    t.regex(problem, /^tidegate.yaml:1:\d: expected a mapping of listen, policies, state, users, refusals, hosts, dns/);
    t.deepEqual(others, []);
  }
});

test('an empty file sets nothing', async (t) => {
  t.deepEqual(problemsIn(await reading(t, '')), []);
  t.deepEqual(problemsIn(await reading(t, '# only a comment\n')), []);
});

test('a file beyond 1 MiB is not parsed', async (t) => {
  t.deepEqual(problemsIn(await reading(t, '#'.repeat(1024 * 1024 + 1))), [
    'tidegate.yaml: the file is larger than 1 MiB',
  ]);
});

test('a problem shows its line, without what may be a secret', async (t) => {
  const shown = async (text: string): Promise<readonly string[]> => {
    const read = await reading(t, text);
    return read.kind === 'config' ? [] : read.problems.map(formatProblem);
  };
  t.deepEqual(await shown('dns:\n  timeout: 4\n'), [
    [
      'tidegate.yaml:2:12: error: dns.timeout: expected a duration from 100ms to 11s [bad_value]',
      '  2 |   timeout: 4',
      '    |            ^',
      '  hint: write a whole number and a unit: 250ms, 10s, 5m, 1h or 2d',
    ].join('\n'),
  ]);
  for (const text of [
    'sinks: [{name: a, use: webhook, options: {url: "https://u:hunter2@a.example"}}]\n',
    'log: {level: loud, transports: [{use: http, options: {auth: {password: hunter2}}}]}\n',
    'sink: {password: hunter2}\n',
    'sinks:\n- password: hunter2\n\t bad\n',
    'sinks:\n- password: !secret hunter2\n',
    'sinks:\n- { password: |hunter2\n',
    'a: {b: "hunter2\\x"\n',
  ]) {
    const problems = await shown(text);
    t.true(problems.length > 0, text);
    t.notRegex(problems.join('\n'), /hunter2/, text);
  }
});

const corpus: Readonly<Record<string, string | Uint8Array>> = {
  anchor: 'a: &x 1\n',
  alias: 'a: &x 1\nb: *x\n',
  tag: 'a: !!str 1\n',
  'local tag': 'a: !x {b: 1}\n',
  'merge key': 'a: {<<: {b: 1}}\n',
  'duplicate key': 'a: 1\nb: 2\na: 3\n',
  'duplicate key in quotes': '{a: 1, "a": 2}\n',
  'complex key': '? [a]\n: 1\n',
  'number as key': '1: a\n',
  'too many levels': `${'['.repeat(10_000)}\n`,
  'too large': `a: ${'x'.repeat(1024 * 1024)}\n`,
  'tab as indentation': 'a:\n\tb: 1\n',
  'byte order mark in the text': 'a: \ufeff1\n',
  'hidden character': 'a: b\u202ec\n',
  'carriage return and duplicate': 'a: 1\r\na: 2\r\n',
  'not UTF-8': Uint8Array.of(0x61, 0x3a, 0x20, 0xff, 0x0a),
  'UTF-16': Buffer.from('a: 1\n', 'utf16le'),
  octal: 'a: 0o17\n',
  hexadecimal: 'a: 0x1F\n',
  'leading zero': 'a: 010\n',
  sign: 'a: +1\n',
  'second document': 'a: 1\n---\nb: 2\n',
  directive: '%YAML 1.1\n---\na: 1\n',
  'open bracket': 'a: [1\n',
  'open quote': 'a: "b\n',
  'nested mapping on a line': 'a: b: c\n',
};

const YAML_CODES = 'unreadable too_large too_deep hidden_character yaml_syntax yaml_feature duplicate_key'.split(' ');

function yamlProblems(problems: readonly Problem[]): readonly string[] {
  return problems
    .filter(({ code }) => YAML_CODES.includes(code))
    .map((each) => `${summariseProblem(each)} [${each.code}] ${each.hint}`);
}

for (const [what, content] of Object.entries(corpus)) {
  test(`bad YAML has the same problems in a configuration and in a policy: ${what}`, async (t) => {
    const folder = await folderWith(t, 'no file');
    await writeFile(join(folder, 'tidegate.yaml'), content);
    const read = await reading(t, '', { folder });
    const loading = await loadPolicies(folderSource(folder), '2026-01-01');
    if (read.kind !== 'problems' || loading.kind !== 'not_loaded') return t.fail();
    const problems = yamlProblems(read.problems);
    t.not(problems.length, 0);
    return t.deepEqual(problems, yamlProblems(loading.problems));
  });
}
