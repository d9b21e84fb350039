import test from 'ava';
import { formatProblem } from '../../lib/text/index.js';
import { problemsIn, reading } from './fixture.js';

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

test('a file that is no mapping is one problem', async (t) => {
  for (const text of ['- a\n', 'hello\n']) {
    const [problem = '', ...others] = problemsIn(await reading(t, text));
    t.regex(problem, /^tidegate.yaml:1:\d: expected a mapping of listen, policies, state, users, hosts, dns/);
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
