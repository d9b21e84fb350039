/** What can be wrong with a policy file. `docs/policy-reference.md` explains each by this name. */
export type ProblemCode =
  | 'unreadable'
  | 'too_large'
  | 'too_many'
  | 'too_deep'
  | 'hidden_character'
  | 'yaml_syntax'
  | 'yaml_feature'
  | 'duplicate_key'
  | 'unknown_key'
  | 'missing_key'
  | 'wrong_type'
  | 'empty_list'
  | 'bad_value'
  | 'bad_label'
  | 'bad_host'
  | 'bad_wildcard'
  | 'public_suffix'
  | 'shared_suffix'
  | 'bad_range'
  | 'host_bits'
  | 'every_address'
  | 'bad_port'
  | 'ports_needed'
  | 'http_only'
  | 'wrong_protocol'
  | 'bad_thumbprint'
  | 'bad_fingerprint'
  | 'pins_needed'
  | 'bad_method'
  | 'bad_path'
  | 'bad_user'
  | 'bad_date'
  | 'duplicate_id'
  | 'duplicate_policy'
  | 'duplicate_group'
  | 'unknown_group'
  | 'group_in_group'
  | 'expired'
  | 'expires_soon'
  | 'shadowed'
  | 'no_effect'
  | 'weak_pin'
  | 'unseen_pin'
  | 'pins_undone'
  | 'bad_case'
  | 'case_failed'
  | 'self_test'
  | 'no_policies'
  | 'load_failed';

/** A stretch of one line. `line` and `column` count from 1; `excerpt` is the line, cut to a window if it is long. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly excerpt: string;
  /** Where in `excerpt` the stretch starts, from 0, and how long it is there (at least 1). */
  readonly caret: number;
  readonly width: number;
}

/** One thing to mend (`error`: the set is refused) or to look at (`warning`: it loads). `hint` may be `'none'`. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly code: ProblemCode;
  readonly file: string;
  readonly place: Place | 'whole_file';
  readonly message: string;
  readonly hint: string;
}

/** What is wrong with a text, before it is known where the text stands. `hint` may be `'none'`. */
export interface Fault {
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint: string;
}

/** A value, or what is wrong with the text it should have come from. */
export type Read<T> = { readonly kind: 'read'; readonly value: T } | ({ readonly kind: 'fault' } & Fault);

/** Builds the negative answer of a reader of texts. */
export function fault(code: ProblemCode, message: string, hint: string): { readonly kind: 'fault' } & Fault {
  return { kind: 'fault', code, message, hint: hint.length <= 300 ? hint : `${hint.slice(0, 300)}...` };
}

/** Shows a text of the file inside a message, cut if it is long. */
export function quoted(text: string): string {
  return text.length <= 80 ? `"${text}"` : `"${text.slice(0, 80)}..."`;
}

const window = 120;

/** Finds the line around `start` in a text, for showing. `lineStarts` holds the offset of each line's first character. */
export function placeAt(text: string, lineStarts: readonly number[], start: number, end: number): Place {
  const row = rowOf(lineStarts, start);
  const lineStart = lineStarts[row] ?? 0;
  const nextLine = lineStarts[row + 1] ?? text.length + 1;
  const line = text.slice(lineStart, nextLine - 1).replace(/\r$/, '');
  // What stands on a line's very end, such as the missing word behind a tag, is shown right behind its last letter.
  const column = Math.min(start - lineStart, line.length);
  // A file may be one line of a megabyte: every problem holds a window of it, not all of it.
  const from = line.length <= window ? 0 : Math.max(0, column - window / 2);
  const excerpt = line.slice(from, from + window);
  const width = Math.max(1, Math.min(end - start, excerpt.length - (column - from)));
  return { line: row + 1, column: column + 1, excerpt, caret: column - from, width };
}

function rowOf(lineStarts: readonly number[], offset: number): number {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/** Characters that make a reader see something else than the machine: controls, line separators, direction marks. */
export const hiddenCharacters =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

/**
 * Writes a problem as the command line shows it: place, message and code, the line, the stretch underlined, the hint.
 * Characters that a terminal would obey, or that would turn the line around, are shown as `?`.
 */
export function formatProblem(problem: Problem): string {
  const { severity, code, file, place, message, hint } = problem;
  const help = hint === 'none' ? [] : [`  hint: ${hint}`];
  if (place === 'whole_file') return shown([`${file}: ${severity}: ${message} [${code}]`, ...help]);
  const number = String(place.line);
  const gutter = ' '.repeat(number.length);
  return shown([
    `${file}:${number}:${place.column}: ${severity}: ${message} [${code}]`,
    `  ${number} | ${place.excerpt.replaceAll('\t', ' ')}`,
    `  ${gutter} | ${' '.repeat(place.caret)}${'^'.repeat(place.width)}`,
    ...help,
  ]);
}

/** A problem in one line, for logs and records: `file:line:column: message`. */
export function summariseProblem({ file, place, message }: Problem): string {
  const at = place === 'whole_file' ? file : `${file}:${place.line}:${place.column}`;
  return shown([`${at}: ${message}`]);
}

function shown(lines: readonly string[]): string {
  return lines.map((line) => line.replaceAll(new RegExp(hiddenCharacters, 'gu'), '?').trimEnd()).join('\n');
}

/** Orders problems as a person reads the files: by file, then line, then column. */
export function inReadingOrder(problems: readonly Problem[]): readonly Problem[] {
  const line = ({ place }: Problem): number => (place === 'whole_file' ? 0 : place.line);
  const column = ({ place }: Problem): number => (place === 'whole_file' ? 0 : place.column);
  const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return problems.toSorted(
    (a, b) => compareText(a.file, b.file) || line(a) - line(b) || column(a) - column(b) || compareText(a.code, b.code),
  );
}

/** The known word that a misspelt one most likely means, or `'none'` if nothing is near (a third of its letters, at most 3). */
export function nearest(word: string, known: Iterable<string>): string {
  let best = 'none';
  let distance = Math.min(3, Math.max(1, Math.floor(word.length / 3))) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= distance) continue;
    const steps = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (steps < distance) [best, distance] = [candidate, steps];
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let steps = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + change);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) steps = Math.min(steps, (before[j - 2] ?? 0) + 1);
      next.push(steps);
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
