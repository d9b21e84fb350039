/** What can be wrong with a policy file, a configuration or a users file. `docs/policy-reference.md` explains each by this name. */
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
  | 'conflict'
  | 'bad_value'
  | 'bad_label'
  | 'bad_host'
  | 'bad_wildcard'
  | 'public_suffix'
  | 'shared_suffix'
  | 'short_name'
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
  | 'bad_hash'
  | 'duplicate_user'
  | 'unknown_user'
  | 'exposed'
  | 'unwritable'
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
export interface FilePosition {
  readonly line: number;
  readonly column: number;
  readonly excerpt: string;
  /** Where in `excerpt` the stretch starts, from 0, and how long it is there (at least 1). */
  readonly caret: number;
  readonly width: number;
}

/** One error (the file is refused) or warning (it loads). `hint` may be `'none'`. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly code: ProblemCode;
  readonly file: string;
  readonly position: FilePosition | 'whole_file';
  readonly message: string;
  readonly hint: string;
}

/** How many problems of one file are gathered: more of them help no reader, and a megabyte can have a million. */
export const MOST_OF_A_FILE = 1_000;

/** A step into data: a key of a mapping or an index of a list. */
export type PathStep = string | number;

/** A problem of a value that is not tied to a file yet; `at` leads to it inside the value. `hint` may be `'none'`. */
export interface Fault {
  readonly at: readonly PathStep[];
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint: string;
}

/** A value, or the problems of the text or data that it was read from. */
export type TextReading<T> = { readonly kind: 'value'; readonly value: T } | TextProblems;

/** The negative result of a reader. */
export interface TextProblems {
  readonly kind: 'problems';
  readonly problems: readonly [Fault, ...Fault[]];
}

/** Makes the negative result of a reader, about the value as a whole. */
export function fault(code: ProblemCode, message: string, hint: string): TextProblems {
  return { kind: 'problems', problems: [{ at: [], code, message, hint: shorten(hint, 300) }] };
}

/** Changes the value of a reading. */
export function mapReading<T, U>(read: TextReading<T>, change: (value: T) => U): TextReading<U> {
  return read.kind === 'problems' ? read : { kind: 'value', value: change(read.value) };
}

/** Shows a text of the file inside a message, cut if it is long, with characters that cannot be seen as `?`. */
export function quoted(text: string): string {
  return `"${visible(shorten(text, 80))}"`;
}

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}...`;
}

const WINDOW = 120;

/** Finds the line around `start` in a text, for showing. `lineStarts` holds the offset of each line's first character. */
export function positionAt(text: string, lineStarts: readonly number[], start: number, end: number): FilePosition {
  const row = rowOf(lineStarts, start);
  const lineStart = lineStarts[row] ?? 0;
  const nextLine = lineStarts[row + 1] ?? text.length + 1;
  const line = text.slice(lineStart, nextLine - 1).replace(/\r$/, '');
  // What is missing at the end of a line is shown right after its last character.
  const column = Math.min(start - lineStart, line.length);
  // A file may be one line of a megabyte: every problem holds a window of it, not all of it.
  const from = line.length <= WINDOW ? 0 : Math.max(0, column - WINDOW / 2);
  const excerpt = line.slice(from, from + WINDOW);
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
export const HIDDEN_CHARACTERS =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

/**
 * Writes a problem as the command line shows it: position, message and code, the line, the stretch underlined, the hint.
 * Characters that a terminal would obey, or that would turn the line around, are shown as `?`.
 */
export function formatProblem(problem: Problem): string {
  const { severity, code, file, position, message, hint } = problem;
  const help = hint === 'none' ? [] : [`  hint: ${hint}`];
  if (position === 'whole_file') return shown([`${file}: ${severity}: ${message} [${code}]`, ...help]);
  const number = String(position.line);
  const gutter = ' '.repeat(number.length);
  return shown([
    `${file}:${number}:${position.column}: ${severity}: ${message} [${code}]`,
    `  ${number} | ${position.excerpt.replaceAll('\t', ' ')}`,
    `  ${gutter} | ${' '.repeat(position.caret)}${'^'.repeat(position.width)}`,
    ...help,
  ]);
}

/** A problem in one line, for logs and records: `file:line:column: message`. */
export function summariseProblem({ file, position, message }: Problem): string {
  const at = position === 'whole_file' ? file : `${file}:${position.line}:${position.column}`;
  return shown([`${at}: ${message}`]);
}

function shown(lines: readonly string[]): string {
  return lines.map((line) => visible(line).trimEnd()).join('\n');
}

/** A text as one line that a terminal only shows: tabs are blanks, other controls and direction marks `?`. */
function visible(text: string): string {
  return text
    .replaceAll('\t', ' ')
    .replaceAll(/[\r\n]/g, '?')
    .replaceAll(new RegExp(HIDDEN_CHARACTERS, 'gu'), '?');
}

/** A name of a file as people read it: characters that cannot be seen as `\\u001b` and the like, so that names stay apart. */
export function visibleName(name: string): string {
  return name.replaceAll(new RegExp(`[\t\r\n]|${HIDDEN_CHARACTERS.source}`, 'gu'), (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0');
    return `\\u${code}`;
  });
}

/** Orders problems as a person reads the files: by file, then line, then column. */
export function inReadingOrder(problems: readonly Problem[]): readonly Problem[] {
  const line = ({ position }: Problem): number => (position === 'whole_file' ? 0 : position.line);
  const column = ({ position }: Problem): number => (position === 'whole_file' ? 0 : position.column);
  const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return problems.toSorted(
    (a, b) => compareText(a.file, b.file) || line(a) - line(b) || column(a) - column(b) || compareText(a.code, b.code),
  );
}
