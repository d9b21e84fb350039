import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';
import { nodesOf, type Finding, type Source } from './source.js';

/** A text that people read: a source file or a page of the docs. */
export interface Text {
  readonly path: string;
  readonly text: string;
}

/** A wording that the house does not use, and the plain one. Spaces match any break between two words. */
interface Wording {
  readonly not: string;
  readonly but: string;
  /** Longer phrases in which the words are right. */
  readonly except?: readonly string[];
}

const WORDINGS: readonly Wording[] = [
  { not: 'anew', but: 'again' },
  { not: 'besides', but: 'also' },
  { not: 'bears?', but: 'has, carries', except: ['bears? its hash'] },
  { not: 'fares?', but: 'goes, ends' },
  { not: 'mend(s|ed|ing)?', but: 'fix, repair, recover' },
  { not: 'hence', but: 'so, therefore' },
  { not: 'whoever', but: 'anyone who, a client that' },
  { not: 'whom', but: 'who, which' },
  { not: 'nobody', but: 'no one, nothing, no client' },
  { not: 'likewise', but: 'also, the same way' },
  { not: 'an own|own handshakes?', but: 'its own, a probe' },
  { not: 'of (its|their|his) own', but: 'a separate, its own' },
  { not: 'due', but: 'expected', except: ['due to'] },
  { not: 'told', but: 'reported, configured, informed' },
  { not: 'tell(s|ing)?', but: 'report, print, write, show', except: ['tells? \\w+( \\w+)? (apart|from)'] },
  {
    not: '(is|are) no',
    but: 'say what was expected instead',
    except: ['there (is|are) no', '(is|are) no (longer|more|less|later|earlier|other|one)'],
  },
  { not: 'stands? twice', but: 'duplicate' },
  { not: 'at its word', but: 'on first use, unverified' },
  { not: 'is (not )?spoken for', but: 'is covered' },
  { not: 'papers?|farewells?|glances?', but: 'verdicts, tunnel refusal, sniff or prefilter' },
  { not: 'trips?', but: 'attempt log', except: ['round.trips?'] },
  { not: 'surroundings|inquir(y|ies)|upkeep', but: 'app context, rule checks, retention' },
];

/** A message that ends after this says neither why nor what to do. */
const BARE = /\b(cannot be used|is not possible|is invalid)[.!]?$/;

const PATTERNS = WORDINGS.map(({ not, but, except = [] }) => ({
  but,
  pattern: wordsPattern(not, 'giu'),
  except: except.map((phrase) => wordsPattern(phrase, 'giu')),
}));

/** Wordings that the house does not use, in comments, texts, names and file names. */
export function bannedWords(texts: readonly Text[]): Finding[] {
  return texts.flatMap(({ path, text }) => [
    ...bannedIn(path.replaceAll('-', ' ')).map(({ found, but }) => finding(path, 1, found, but)),
    ...bannedIn(text).map(({ found, but, index }) => finding(path, lineAt(text, index), found, but)),
  ]);
}

/** The titles of the tests in a file, as a text with the same lines. */
export function testTitles(source: Source): Text {
  const lines = source.tree.text.split('\n').map(() => '');
  for (const node of nodesOf(source)) {
    const title = titleOf(node);
    if (title === undefined) continue;
    const line = source.tree.getLineAndCharacterOfPosition(title.getStart(source.tree)).line;
    lines[line] = `${lines[line] ?? ''} ${title.getText(source.tree)}`;
  }
  return { path: source.path, text: lines.join('\n') };
}

/** Messages that end before they say why, or what to do. */
export function bareMessages(sources: readonly Source[]): Finding[] {
  return sources.flatMap((source) =>
    [...nodesOf(source)]
      .filter((node) => ts.isStringLiteralLike(node) || ts.isTemplateTail(node))
      .filter((node) => BARE.test(node.text))
      .map((node) => {
        const line = source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree)).line + 1;
        return {
          path: source.path,
          line,
          problem: `a message ends with "${BARE.exec(node.text)?.[1] ?? ''}"`,
          remedy: 'say why, and what to do',
        };
      }),
  );
}

/** Every file with one of the endings in a file or folder of the project. */
export function readTexts(project: string, place: string, ...endings: readonly string[]): Text[] {
  return filesIn(project, place)
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => ({ path, text: readFileSync(join(project, path), 'utf8') }));
}

function filesIn(project: string, place: string): string[] {
  if (/\.\w+$/.test(place)) return [place];
  return readdirSync(join(project, place), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(entry.parentPath.replaceAll('\\', '/').slice(project.length), entry.name))
    .sort();
}

function bannedIn(text: string): { found: string; but: string; index: number }[] {
  // `tellAgainMs` and `tell_again` hold the word as well; the spaced text is as long as the text, so that lines agree.
  const spaced = text.replace(/_/g, ' ').replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `\0${letter}`);
  const back = offsets(spaced);
  const plain = spaced.replaceAll('\0', ' ');
  return PATTERNS.flatMap(({ pattern, but, except }) => {
    const right = except.flatMap((phrase) => [...plain.matchAll(phrase)]);
    return [...plain.matchAll(pattern)]
      .filter(({ index }) => !right.some((phrase) => phrase.index <= index && index < phrase.index + phrase[0].length))
      .map(({ 0: found, index }) => ({ found: found.replace(/\s+/g, ' '), but, index: back(index) }));
  });
}

/** Turns an index of a text with inserted NULs into one of the text without them. */
function offsets(spaced: string): (index: number) => number {
  return (index) => index - (spaced.slice(0, index).split('\0').length - 1);
}

function wordsPattern(words: string, flags: string): RegExp {
  // Words of a phrase may stand on two lines of a comment.
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.replaceAll(' ', '[\\s*/]+')})(?![\\p{L}\\p{N}])`, flags);
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

function finding(path: string, line: number, found: string, but: string): Finding {
  return { path, line, problem: `says "${found}"`, remedy: `rather: ${but}` };
}

/** The first argument of `test(…)`, `test.serial(…)` and the like, if it is a text. */
function titleOf(node: ts.Node): ts.Expression | undefined {
  if (!ts.isCallExpression(node) || !/^test(With\(.*\)|\.\w+)*$/s.test(node.expression.getText())) return undefined;
  const [title] = node.arguments;
  return title !== undefined && (ts.isStringLiteralLike(title) || ts.isTemplateExpression(title)) ? title : undefined;
}
