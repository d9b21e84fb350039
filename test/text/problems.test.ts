import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import test from 'ava';
import {
  formatProblem,
  HIDDEN_CHARACTERS,
  quoted,
  summariseProblem,
  visibleName,
  inReadingOrder,
  positionAt,
  type Problem,
} from '../../lib/text/problems.js';

const base: Problem = {
  severity: 'error',
  code: 'unknown_key',
  file: 'p.yaml',
  position: 'whole_file',
  message: 'unknown key "metods"',
  hint: 'none',
};

test('a problem shows position, message, code, the line with the stretch underlined, and the hint', (t) => {
  const text = 'policy: p\n    metods: [GET]\n';
  const position = positionAt(text, [0, 10, 28], 14, 20);
  t.is(
    formatProblem({ ...base, position, hint: 'did you mean "methods"?' }),
    [
      'p.yaml:2:5: error: unknown key "metods" [unknown_key]',
      '  2 |     metods: [GET]',
      '    |     ^^^^^^',
      '  hint: did you mean "methods"?',
    ].join('\n'),
  );
  t.is(formatProblem(base), 'p.yaml: error: unknown key "metods" [unknown_key]');
});

test('a file cannot make a terminal do anything through the problems it has', (t) => {
  const evil = '\u001b[2J\u0007a\u202eb\u0085\tc';
  const shown = formatProblem({
    ...base,
    message: evil,
    hint: evil,
    file: evil,
    position: positionAt(evil, [0], 0, 3),
  });
  t.false(HIDDEN_CHARACTERS.test(shown.replaceAll('\n', '')), JSON.stringify(shown));
  t.is(shown.split('\n').length, 4);
});

test('a position lies inside its excerpt, and the excerpt is a window of one line', (t) => {
  fc.assert(
    fc.property(fc.string({ maxLength: 600 }), fc.nat(600), fc.nat(600), (text, a, b) => {
      const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
      const [start, end] = [Math.min(a, b, text.length), Math.min(Math.max(a, b), text.length)];
      const position = positionAt(text, starts, start, end);
      return (
        position.excerpt.length <= 120 &&
        !position.excerpt.includes('\n') &&
        position.caret >= 0 &&
        position.caret <= position.excerpt.length &&
        position.width >= 1 &&
        (starts[position.line - 1] ?? -1) + position.column - 1 === start
      );
    }),
  );
  t.pass();
});

test('a line of 120 characters is shown whole, and of a longer one the 60 before the problem', (t) => {
  const whole = 'x'.repeat(120);
  t.deepEqual(positionAt(whole, [0], 100, 101), { line: 1, column: 101, excerpt: whole, caret: 100, width: 1 });
  const longer = 'x'.repeat(300);
  t.like(positionAt(longer, [0], 200, 201), { column: 201, excerpt: longer.slice(140, 260), caret: 60 });
});

test('problems come in reading order', (t) => {
  const at = (file: string, start: number): Problem => ({
    ...base,
    file,
    position: positionAt('ab\ncd', [0, 3], start, start + 1),
  });
  const ordered = [base, at('p.yaml', 0), at('p.yaml', 1), at('p.yaml', 3), at('q.yaml', 0)];
  t.deepEqual(inReadingOrder(ordered.toReversed()), ordered);
});

test('docs/policy-reference.md explains every problem code', (t) => {
  const source = readFileSync(new URL('../../../lib/text/problems.ts', import.meta.url), 'utf8');
  const union = /export type ProblemCode =([^;]*);/.exec(source)?.[1] ?? '';
  const codes = [...union.matchAll(/'([a-z_]+)'/g)].map(([, code]) => code ?? '');
  t.true(codes.length > 30);
  const reference = readFileSync(new URL('../../../docs/policy-reference.md', import.meta.url), 'utf8');
  t.deepEqual(
    codes.filter((code) => !reference.includes(`\`${code}\``)),
    [],
  );
});

test('returns, line ends and tabs of a file, its name or a value do not reach the terminal raw', (t) => {
  const text = 'a: 1 # safe\rb\n';
  const position = positionAt(text, [0, 14], 0, 1);
  const problem = { ...base, position, file: 'a\r\nb.yaml', message: `unknown key ${quoted('a\rb\n\u001b[2J\tc')}` };
  t.notRegex(formatProblem(problem).replaceAll('\n', ''), /\p{Cc}/u);
  t.is(formatProblem(problem).split('\n').length, 3);
  t.is(summariseProblem(problem), 'a??b.yaml:1:1: unknown key "a?b??[2J c"');
});

test('names of files are shown with what cannot be seen as escapes, so that they stay apart', (t) => {
  t.is(visibleName('a\u001b[31m\r\n\t\u202e\u009b.yaml'), 'a\\u001b[31m\\u000d\\u000a\\u0009\\u202e\\u009b.yaml');
  t.is(visibleName('grün 1.yaml'), 'grün 1.yaml');
});
