import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import test from 'ava';
import { stringify } from 'yaml';
import { formatProblem } from '../../../lib/text/problems.js';
import type { SourceFile } from '../../../lib/text/source.js';
import { readPolicies } from '../../../lib/policy/language/reading.js';

const folder = new URL('../../../../test/policy/language/problems/', import.meta.url);
const TODAY = '2026-11-23';

/** A golden file: a comment, the policy files, and what the reader says of them. */
function parseGolden(text: string): {
  readonly head: string;
  readonly files: readonly SourceFile[];
  readonly outcome: string;
} {
  const [head = '', ...parts] = text.split(/^-- (.+) --\n/m);
  const files: SourceFile[] = [];
  for (let index = 0; index < parts.length; index += 2)
    files.push({ path: parts[index] ?? '', text: parts[index + 1] ?? '' });
  return {
    head,
    files: files.filter(({ path }) => path !== 'outcome'),
    outcome: files.find(({ path }) => path === 'outcome')?.text ?? '',
  };
}

function outcomeOf(files: readonly SourceFile[]): string {
  const reading = readPolicies(files, TODAY);
  const problems = reading.kind === 'value' ? reading.warnings : reading.problems;
  return (
    [reading.kind === 'value' ? 'loads' : 'refused', ...problems.map((problem) => formatProblem(problem)), '']
      .join('\n\n')
      .trimEnd() + '\n'
  );
}

for (const name of readdirSync(folder).toSorted()) {
  const place = new URL(name, folder);
  const text = readFileSync(place, 'utf8');
  const { head, files, outcome } = parseGolden(text);
  test(`${name}: ${head.replaceAll(/^# ?/gm, '').trim()}`, (t) => {
    const found = outcomeOf(files);
    if (process.env['UPDATE_GOLDEN'] === '1') {
      writeFileSync(place, `${text.slice(0, text.indexOf('-- outcome --\n'))}-- outcome --\n${found}`);
      t.pass();
    } else {
      t.is(found, outcome);
    }
  });
}

const leaf = fc.constantFrom<unknown>(
  ...[
    'a.example.com',
    '*.example.com',
    '*.com',
    '10.0.0.0/8',
    '10.0.0.1/8',
    '::1',
    'group:g',
    'group:x',
    'tls',
    'http',
    'any',
  ],
  ...['observe', 'p', 'q', '2027-01-01', '/x/*', 'GET', '443', 443, 0, '80-90', true, null, ''],
);
const keys = [
  ...['policy', 'mode', 'clients', 'users', 'networks', 'allow', 'deny', 'groups', 'id', 'to', 'except', 'resolves-to'],
  ...['protocol', 'ports', 'methods', 'paths', 'expires', 'reason', 'g', '__proto__', 'constructor', 'thumbprints'],
];
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'large' },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...keys), tie('tree'), { maxKeys: 5 }),
  ),
}));

test('whatever the files hold, they are read or refused with places inside them', (t) => {
  fc.assert(
    fc.property(fc.array(tree, { minLength: 1, maxLength: 3 }), (trees) => {
      const files = trees.map((value, index) => ({ path: `${index}.yaml`, text: stringify(value) }));
      const reading = readPolicies(files, TODAY);
      const problems = reading.kind === 'value' ? reading.warnings : reading.problems;
      t.is(
        reading.kind === 'problems',
        problems.some(({ severity }) => severity === 'error'),
      );
      for (const { file, position, message } of problems) {
        const lines = files.find(({ path }) => path === file)?.text.split('\n') ?? [];
        t.true(message !== '' && (position === 'whole_file' || (position.line >= 1 && position.line <= lines.length)));
      }
    }),
    { numRuns: 500 },
  );
});

test('a file that is well shaped is read, and the order of files changes nothing (law 6)', (t) => {
  const host = fc.constantFrom('a.example.com', '*.b.example.com', '10.0.0.0/8', 'group:g0');
  const rule = fc.record({
    to: fc.uniqueArray(host, { minLength: 1 }),
    protocol: fc.constantFrom('tls', 'http', 'ssh', 'tentacle'),
  });
  const file = fc.record({
    mode: fc.constantFrom('enforce', 'observe'),
    allow: fc.array(rule, { minLength: 1, maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(file, { minLength: 1, maxLength: 4 }), (policies) => {
      const files = policies.map(({ mode, allow }, index) => ({
        path: `${index}.yaml`,
        text: stringify({
          policy: `p${index}`,
          mode,
          allow: allow.map((one, number) => ({ id: `r${number}`, ...one })),
          groups: { [`g${index}`]: ['c.example.com', '192.0.2.0/24'] },
        }),
      }));
      const reading = readPolicies(files, TODAY);
      t.is(reading.kind, 'value');
      t.deepEqual(readPolicies(files.toReversed(), TODAY), reading);
    }),
    { numRuns: 100 },
  );
});

test('every policy that docs/policy-reference.md shows is read, alone or as the part of a file that it is', (t) => {
  const reference = readFileSync(new URL('../../../../docs/policy-reference.md', import.meta.url), 'utf8');
  const blocks = [...reference.matchAll(/^( *)```yaml\n(.*?)^ *```/gms)].map(([, indent = '', text = '']) =>
    text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
  const policies = blocks.filter((text) => /^(?:policy|clients|allow|deny|groups):/m.test(text));
  t.is(policies.length, 9);
  for (const text of policies) {
    const rules = /^(?:policy|groups):/m.test(text)
      ? ''
      : `policy: p\n${/^clients/m.test(text) ? 'deny: [{id: d, to: [a.example.com], reason: r}]\n' : ''}`;
    const groups = text.includes('groups:') ? [] : [{ path: 'g.yaml', text: 'groups: {github: [github.com]}' }];
    const reading = readPolicies([{ path: 'p.yaml', text: rules + text }, ...groups], TODAY);
    t.is(
      reading.kind,
      'value',
      reading.kind === 'value' ? '' : reading.problems.map((problem) => formatProblem(problem)).join('\n'),
    );
  }
});

test('the rules that policies/ offers in comments are read once somebody removes the marks', (t) => {
  const shipped = new URL('../../../../policies/', import.meta.url);
  const files = readdirSync(shipped)
    .filter((name) => !name.endsWith('.test.yaml'))
    .map((path) => ({ path, text: readFileSync(new URL(path, shipped), 'utf8') }));
  const offered = files.map(({ path, text }) => ({ path, text: text.replaceAll(/^ {2}# (- | {2}\S)/gm, '  $1') }));
  const read = (from: readonly SourceFile[]): readonly string[] => {
    const reading = readPolicies(from, TODAY);
    if (reading.kind === 'problems') return reading.problems.map((problem) => formatProblem(problem));
    return reading.documents.flatMap(({ allow }) => allow.map(({ id }) => id));
  };
  t.deepEqual(
    read(offered).filter((one) => !read(files).includes(one)),
    ['package-feeds', 'images-and-charts', 'source', 'azure', 'change-management', 'tentacles', 'linux'],
  );
});
