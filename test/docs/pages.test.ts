import test from 'ava';
import { anchorsOf, deadLinks, longCells, missingPaths, readPages } from './pages.js';

const CELL_LENGTH = 160;
const PAGES = readPages();
/** Decisions are not changed: they speak of the files that there were. */
const PRESENT = PAGES.filter(({ path }) => !path.startsWith('docs/decisions/') && path !== 'CHANGELOG.md');

test('every relative link and anchor leads somewhere', (t) => {
  t.deepEqual(
    PAGES.flatMap((page) => deadLinks(page, PAGES)),
    [],
  );
  const page = {
    path: 'docs/a.md',
    text: '# One thing\n[a](#one-thing) [b](#other) [c](no-file.md) [d](https://e.example)',
  };
  t.deepEqual(deadLinks(page, [page]), ['docs/a.md: #other', 'docs/a.md: no-file.md']);
});

test('every file that a page names exists', (t) => {
  t.deepEqual(PRESENT.flatMap(missingPaths), []);
  t.deepEqual(missingPaths({ path: 'a.md', text: '`lib/no/file.ts` and `lib/`' }), ['a.md: lib/no/file.ts']);
});

test('a cell of a table has 160 characters at most', (t) => {
  t.deepEqual(
    PAGES.flatMap((page) => longCells(page, CELL_LENGTH)),
    [],
  );
  t.is(
    longCells({ path: 'a.md', text: `| a | ${'b'.repeat(161)} |\n\`\`\`\n| ${'c'.repeat(161)} |\n\`\`\`` }, CELL_LENGTH)
      .length,
    1,
  );
});

test('anchors are those of GitHub', (t) => {
  t.deepEqual(anchorsOf("# What's `in` it?\n## A B\n## A B"), ['whats-in-it', 'a-b', 'a-b-1']);
});
