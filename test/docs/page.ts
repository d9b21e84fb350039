import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One piece of code on a page. */
export interface Block {
  readonly language: string;
  /** The comment in its first line, which says what file it is; empty without one. */
  readonly title: string;
  readonly text: string;
}

/** The folder of the pages. */
export const DOCS = fileURLToPath(new URL('../../../docs/', import.meta.url));

/** A page of `docs/`, and the code on it. */
export function readPage(name: string): { readonly text: string; readonly blocks: readonly Block[] } {
  const text = readFileSync(`${DOCS}${name}`, 'utf8');
  const blocks = [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    language,
    title: /^# (.*)/.exec(code)?.[1] ?? '',
    text: code,
  }));
  return { text, blocks };
}

/** The rows of the table whose head begins with `first`: the cells of each. */
export function tableOf(page: string, first: string): readonly (readonly string[])[] {
  const [, rows = ''] = new RegExp(`^\\| ${first} [^]*?\\n\\| -[^\\n]*\\n([^]*?)\\n(?!\\|)`, 'm').exec(page) ?? [];
  return rows.split('\n').map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
