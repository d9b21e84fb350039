import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import test from 'ava';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A law's heading, and the tests that the page says hold it. */
interface Law {
  readonly number: number;
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

const page = readFileSync(join(ROOT, 'docs/invariants.md'), 'utf8');
const laws = page.split(/^## /m).slice(1).map(readLaw);

function readLaw(section: string): Law {
  const number = Number(/^(\d+)\. /.exec(section)?.[1]);
  const tests = [...section.matchAll(/^- `(test\/[^`]+)`: (.+)$/gm)].map(([, file = '', title = '']) => ({ file, title }));
  return { number, tests };
}

/** The titles of a test file, or of a scenario (`scenario.ts` reads them the same way). */
function titlesIn(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  if (file.endsWith('.txt')) {
    const lines = text.split('\n');
    const title = lines.slice(0, lines.findIndex((line) => !line.startsWith('# ')));
    return [title.map((line) => line.slice(2)).join(' ').replace(/\.$/, '')];
  }
  const calls = text.matchAll(/\btest(?:\.\w+)*\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g);
  return [...calls].map(([, , title = '']) => title.replace(/\\(.)/g, '$1'));
}

test('every law of the design is on the page, in order, and held by a test', (t) => {
  t.deepEqual(
    laws.map(({ number }) => number),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  );
  for (const { number, tests } of laws) t.true(tests.length > 0, `law ${number} names no test`);
});

test('every test that the page names exists', (t) => {
  for (const { number, tests } of laws) {
    for (const { file, title } of tests) {
      t.true(titlesIn(file).includes(title), `law ${number}: ${file} has no test called: ${title}`);
    }
  }
});
