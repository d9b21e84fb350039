import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));

/** A page in Markdown: README.md, docs/… and the others beside them. */
export interface MarkdownPage {
  readonly path: string;
  readonly text: string;
}

/** Every page of the project. */
export function readPages(): MarkdownPage[] {
  const root = readdirSync(PROJECT).filter((name) => name.endsWith('.md'));
  const docs = readdirSync(`${PROJECT}docs`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`);
  return [...root, ...docs].sort().map((path) => ({ path, text: readFileSync(PROJECT + path, 'utf8') }));
}

/** The links of a page that lead nowhere: to a file that does not exist, or a heading that its page lacks. */
export function deadLinks({ path, text }: MarkdownPage, pages: readonly MarkdownPage[]): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => !leadsSomewhere(path, target, pages))
    .map((target) => `${path}: ${target}`);
}

/** The paths of the project (`lib/…`, `test/…`) that a page names and that do not exist. */
export function missingPaths({ path, text }: MarkdownPage): string[] {
  return [...text.matchAll(/`((?:lib|test|bin|policies|docs)\/[\w./-]*)`/g)]
    .map(([, named = '']) => named)
    .filter((named) => !existsSync(PROJECT + named))
    .map((named) => `${path}: ${named}`);
}

/** The cells of tables that are longer than `most` characters. */
export function longCells({ path, text }: MarkdownPage, most: number): string[] {
  return withoutCode(text)
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[\s|:-]+\|$/.test(line))
    .flatMap((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .filter((cell) => cell.length > most)
    .map((cell) => `${path}: ${cell.length} characters: ${cell.slice(0, 60)}…`);
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(text: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => {
    const anchor = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/ /g, '-');
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    return times === 0 ? anchor : `${anchor}-${times}`;
  });
}

function leadsSomewhere(from: string, target: string, pages: readonly MarkdownPage[]): boolean {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : posix.join(posix.dirname(from), file);
  const page = pages.find((other) => other.path === path);
  if (anchor === undefined) return page !== undefined || existsSync(PROJECT + path);
  return page !== undefined && anchorsOf(page.text).includes(anchor);
}

function withoutCode(text: string): string {
  return text.replace(/^(```+)[^]*?^\1/gm, '');
}
