import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A law of the page, and the tests that are said to hold it. */
interface Law {
  readonly number: number;
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

const page = readFileSync(join(ROOT, 'docs/invariants.md'), 'utf8');
const laws = page.split(/^## /m).slice(1).map(readLaw);

function readLaw(section: string): Law {
  const number = Number(/^(\d+)\. /.exec(section)?.[1]);
  const items = section.matchAll(/^- (?:`(.*)`: )?(.+)$/gm);
  return { number, tests: [...items].map(([, file = '', title = '']) => ({ file, title })) };
}

/** Whether a file declares a test of this title. */
function declares(file: string, title: string): boolean {
  if (!file.startsWith('test/') || !existsSync(join(ROOT, file))) return false;
  const text = readFileSync(join(ROOT, file), 'utf8');
  return file.endsWith('.txt')
    ? scenarioTitle(text) === title
    : titlesIn(text).some((known) => fills(known, title, text));
}

/** The title of a scenario, as `test/scenarios/scenario.ts` reads it. */
function scenarioTitle(text: string): string {
  const [head = ''] = text.split(/^-- /m);
  const lines = head.split('\n').filter((line) => line.startsWith('# '));
  return lines
    .map((line) => line.slice(2))
    .join(' ')
    .replace(/\.$/, '');
}

/** The titles in a test file, with `…` for what a template fills in: of `test`, and of what stands in for it. */
function titlesIn(text: string): string[] {
  const calls = text.matchAll(/\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1,\s*(?:async )?\(/g);
  return [...calls].map(([, , title = '']) => title.replace(/\$\{[^}]*\}/g, '…').replace(/\\(.)/g, '$1'));
}

/** A title from a table may be named as it comes out, if what fills it stands in the file. */
function fills(known: string, title: string, text: string): boolean {
  if (known === title) return true;
  if (!known.includes('…')) return false;
  const parts = known.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const filled = new RegExp(`^${parts.join('(.+)')}$`).exec(title)?.slice(1);
  return filled?.every((part) => text.includes(`'${part}'`)) ?? false;
}

test('every law of the design is on the page, in order, and held by a test', (t) => {
  t.deepEqual(
    laws.map(({ number }) => number),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
  );
  for (const { number, tests } of laws) t.true(tests.length > 0, `law ${number} names no test`);
});

test('every test that the page names exists', (t) => {
  const missing = laws.flatMap(({ number, tests }) =>
    tests
      .filter(({ file, title }) => !declares(file, title))
      .map(({ file, title }) => `law ${number}: ${file}: ${title}`),
  );
  t.deepEqual(missing, []);
});
