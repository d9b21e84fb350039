import { styleOf } from './print.js';
import { coloured, type Meaning, printable, type Style } from '../../../app/terminal/index.js';

/** One cell: its text, and what its colour should mean. */
export type Cell = string | { readonly text: string; readonly meaning: Meaning };

/**
 * Lays out a table in columns of the width of their longest cell, two spaces apart, without trailing spaces. On a terminal
 * the heads are quiet; nothing is cut, since a cut host name is a wrong one. Control characters are shown as `?`.
 */
export function tableOf(
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
  style = styleOf(process.stdout),
): string {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => printable(textOf(row[column] ?? '')).length)),
  );
  const lines = [heads.map((text) => ({ text, meaning: 'quiet' as const })), ...rows];
  return lines.map((row) => lineOf(row, widths, style)).join('\n');
}

/** Lays out one row, in columns of the given widths. */
export function lineOf(row: readonly Cell[], widths: readonly number[], style: Style): string {
  const cells = row.map((cell, column) => {
    const text = printable(textOf(cell));
    const gap = ' '.repeat(Math.max(0, (widths[column] ?? 0) - text.length));
    const shown = typeof cell === 'string' ? text : coloured(text, cell.meaning, style);
    return column === row.length - 1 ? shown : shown + gap;
  });
  return cells.join('  ').trimEnd();
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}
