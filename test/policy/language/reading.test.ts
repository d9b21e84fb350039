import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { formatProblem } from '../../../lib/policy/text/problems.js';
import { readPolicies } from '../../../lib/policy/language/reading.js';
import type { SourceFile } from '../../../lib/policy/text/yaml.js';

const folder = new URL('../../../../test/policy/language/problems/', import.meta.url);
const today = '2026-11-23';

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
  const reading = readPolicies(files, today);
  const problems = reading.kind === 'read' ? reading.warnings : reading.problems;
  return (
    [reading.kind === 'read' ? 'loads' : 'refused', ...problems.map((problem) => formatProblem(problem)), '']
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
