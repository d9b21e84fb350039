import { readSources, type Finding } from './source.js';
import { bannedWords, bareMessages, readTexts, testTitles } from './words.js';

/** What people read first: sources, the program, README and docs, without the pages that name old words on purpose. */
export function languageFindings(project: string): Finding[] {
  const lib = readSources(project, 'lib');
  const tests = readSources(project, 'test').filter(({ path }) => path.endsWith('.test.ts'));
  const pages = [...readTexts(project, 'docs', '.md', '.json'), ...readTexts(project, 'README.md', '.md')];
  return [
    ...bannedWords(lib.map(({ path, tree }) => ({ path, text: tree.text }))),
    ...bannedWords(readTexts(project, 'bin', 'tidegate')),
    ...bannedWords(pages.filter(({ path }) => path !== 'docs/glossary.md')),
    ...bannedWords(tests.map(testTitles)),
    ...bareMessages(lib),
  ];
}
