import test from 'ava';
import { problemsIn, reading } from './fixture.js';

const broken: readonly (readonly [string, string, RegExp])[] = [
  ['a key that stands twice', 'state: a\nstate: b\n', /^tidegate.yaml:2:1: none: map keys must be unique/],
  ['an alias', 'state: &a x\npolicies: *a\n', /^tidegate.yaml:2:11: none: aliases are not read here/],
  ['a tag', 'state: !x a\n', /^tidegate.yaml:1:8: none: unresolved tag/],
  ['two documents', 'state: a\n---\nstate: b\n', /^tidegate.yaml:2:1: none: source contains multiple documents/],
  ['a list instead of a map', '- a\n', /^tidegate.yaml:1:1: none: must be a map of listen, policies/],
  ['a text instead of a map', 'hello\n', /^tidegate.yaml:1:1: none: must be a map of listen, policies/],
  ['broken YAML', 'state: [a\n', /^tidegate.yaml:\d+:\d+: none: /],
  ['a merge key', 'dns: {<<: {cache: 1}}\n', /dns.<<: unknown key/],
  ['a key without a value', 'listen:\n', /^tidegate.yaml:1:1: listen: must be a list/],
];

for (const [what, text, expected] of broken) {
  test(`${what} is a problem with its place`, async (t) => {
    const [first, ...rest] = problemsIn(await reading(t, text));
    t.regex(first ?? '', expected);
    t.deepEqual(rest, []);
  });
}

test('an empty file says nothing', async (t) => {
  t.deepEqual(problemsIn(await reading(t, '')), []);
  t.deepEqual(problemsIn(await reading(t, '# only a comment\n')), []);
});

test('a file beyond 1 MiB is not parsed', async (t) => {
  t.deepEqual(problemsIn(await reading(t, '#'.repeat(1024 * 1024 + 1))), ['tidegate.yaml: none: is larger than 1 MiB']);
});
