import { resolve } from 'node:path';
import { didYouMean, type Fault, fault, type PathStep, type TextReading } from '../text/index.js';

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A kind of value: how it is read, checked, shown and described. */
export interface Kind<T> {
  /** Reads what YAML, or the text of a flag or variable, gives. Relative paths start from `folder`. */
  readonly read: (raw: unknown, folder: string) => TextReading<T>;
  readonly show: (value: T) => string;
  /** The kind in words, as they follow "expected". */
  readonly form: string;
  readonly schema: JsonSchema;
  /** How a flag or variable gives it: as one text, as texts with commas, or not at all. */
  readonly text: 'one' | 'list' | 'file_only';
}

/** The description of a scalar kind; `parse` gives `'invalid'` for what has another form. */
interface Scalar<T> extends Pick<Kind<T>, 'show' | 'form' | 'schema'> {
  readonly parse: (text: string, folder: string) => { readonly value: T } | 'invalid';
  readonly hint?: string;
}

/** Makes a kind that is written as one text. YAML reads `8000` as a number where flags bring text: both are accepted. */
export function scalar<T>({ parse, hint = 'none', ...kind }: Scalar<T>): Kind<T> {
  const read: Kind<T>['read'] = (raw, folder) => {
    const text = typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : '';
    const parsed = parse(text, folder);
    return parsed === 'invalid' ? fault('bad_value', `expected ${kind.form}`, hint) : { kind: 'value', ...parsed };
  };
  return { ...kind, read, text: 'one' };
}

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const sizes = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

type Units = Readonly<Record<string, number>>;

/** A day in milliseconds. */
export const DAY_MS: number = units.d;

// setTimeout cannot wait for 25 days, and fires at once if asked to.
const longest = 24 * units.d;

/** A duration such as `10s`, `5m`, `1h` or `250ms`, in milliseconds. */
export function duration(least: number, most: number = longest): Kind<number> {
  return quantity('a duration', '250ms, 10s, 5m, 1h or 2d', /^(\d{1,9})(ms|s|m|h|d)$/, units, least, most);
}

/** A size such as `256MiB`, in bytes. */
export function size(least: number, most: number): Kind<number> {
  return quantity('a size', '64KiB, 256MiB or 1GiB', /^(\d{1,6})(KiB|MiB|GiB)$/, sizes, least, most);
}

function quantity(
  name: string,
  examples: string,
  form: RegExp,
  table: Units,
  least: number,
  most: number,
): Kind<number> {
  const show = (value: number): string => inLargestUnit(value, table);
  return scalar({
    form: `${name} from ${show(least)} to ${show(most)}`,
    hint: `write a whole number and a unit: ${examples}`,
    schema: { type: 'string', pattern: form.source },
    show,
    parse: (text) => {
      const [, count, unit = ''] = form.exec(text) ?? [];
      const value = Number(count) * (table[unit] ?? Number.NaN);
      return value >= least && value <= most ? { value } : 'invalid';
    },
  });
}

/** Writes a duration as {@link duration} reads it. */
export function formatDuration(ms: number): string {
  return inLargestUnit(ms, units);
}

/** Writes a size as {@link size} reads it. */
export function formatSize(bytes: number): string {
  return inLargestUnit(bytes, sizes);
}

/** Writes a quantity in the largest unit that keeps it exact. */
function inLargestUnit(value: number, table: Units): string {
  const [smallest, ...larger] = Object.entries(table);
  const [unit = '', each = 1] = larger.findLast(([, one]) => value >= one && value % one === 0) ?? smallest ?? [];
  return `${value / each}${unit}`;
}

/** A whole number. */
export function count(least: number, most: number): Kind<number> {
  return scalar({
    form: `a whole number from ${least} to ${most}`,
    schema: { type: ['integer', 'string'], minimum: least, maximum: most, pattern: '^\\d{1,9}$' },
    show: String,
    parse: (text) => {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? { value } : 'invalid';
    },
  });
}

/** One of a few words. */
export function word<const W extends string>(...words: readonly W[]): Kind<W> {
  const form = `one of ${words.join(', ')}`;
  const read: Kind<W>['read'] = (raw) => {
    const value = words.find((each) => each === raw);
    if (value !== undefined) return { kind: 'value', value };
    return fault('bad_value', `expected ${form}`, typeof raw === 'string' ? didYouMean(raw, words) : 'none');
  };
  return { read, show: String, form, schema: { enum: words }, text: 'one' };
}

/** `true` or `false`. */
export const flag: Kind<boolean> = scalar({
  form: 'true or false',
  schema: { enum: [true, false, 'true', 'false'] },
  show: String,
  parse: (text) => (text === 'true' || text === 'false' ? { value: text === 'true' } : 'invalid'),
});

/** The path of a file or folder; a relative one starts from the folder of its source. */
export const path: Kind<string> = {
  ...pattern(/^[^\0]+$/, 'the path of a file or folder'),
  read: (raw, folder) =>
    typeof raw === 'string' && raw !== '' && !raw.includes('\0')
      ? { kind: 'value', value: resolve(folder, raw) }
      : fault('bad_value', 'expected the path of a file or folder', 'none'),
};

/** A string of some form. */
export function pattern(regex: RegExp, form: string): Kind<string> {
  const read: Kind<string>['read'] = (raw) =>
    typeof raw === 'string' && regex.test(raw)
      ? { kind: 'value', value: raw }
      : fault('bad_value', `expected ${form}`, 'none');
  return { read, show: String, form, schema: { type: 'string', pattern: regex.source }, text: 'one' };
}

/** A kind whose value may also be one word for "no such value"; the word itself cannot be written. */
export function unless<T, const W extends string>(absent: W, kind: Kind<T>, shown: string = absent): Kind<T | W> {
  const isWord = (value: T | W): value is W => value === absent;
  return { ...kind, show: (value) => (isWord(value) ? shown : kind.show(value)) };
}

/** A kind that may also be written as one word. */
export function orWord<T, const W extends string>(known: W, kind: Kind<T>): Kind<T | W> {
  const form = `${kind.form}, or ${known}`;
  const read: Kind<T | W>['read'] = (raw, folder) => {
    if (raw === known) return { kind: 'value', value: known };
    const found = kind.read(raw, folder);
    return found.kind === 'value' ? found : fault('bad_value', `expected ${form}`, found.problems[0].hint);
  };
  return { ...unless(known, kind), read, form, schema: { anyOf: [{ const: known }, kind.schema] } };
}

/** A list of at least `least` values, none twice by what `identity` gives. */
export function list<T>(
  kind: Kind<T>,
  least: 0 | 1 = 1,
  identity: (value: T) => string = kind.show,
  show: (value: T) => string = kind.show,
): Kind<readonly T[]> {
  const read: Kind<readonly T[]>['read'] = (raw, folder) => {
    if (!Array.isArray(raw)) return fault('wrong_type', 'expected a list', 'write it like [one, other]');
    if (raw.length < least) return fault('empty_list', 'the list is empty', 'remove the key for the default');
    const values = new Map<string, T>();
    const problems: Fault[] = [];
    for (const [index, item] of raw.entries()) {
      const found = kind.read(item, folder);
      if (found.kind === 'problems') problems.push(...under(index, found.problems));
      else if (values.has(identity(found.value))) problems.push(problem([index], 'duplicate entry'));
      else values.set(identity(found.value), found.value);
    }
    return settled(problems, [...values.values()]);
  };
  return {
    read,
    show: (values) => (values.length === 0 ? 'none' : values.map(show).join(', ')),
    form: `a list, each ${kind.form}`,
    schema: { type: 'array', minItems: least, items: kind.schema },
    text: kind.text === 'one' ? 'list' : 'file_only',
  };
}

/** A problem inside a value. */
export function problem(at: readonly PathStep[], message: string, hint = 'none'): Fault {
  return { at, code: 'bad_value', message, hint };
}

/** Problems of a part, as problems of the whole. */
export function under(step: PathStep, problems: readonly Fault[]): readonly Fault[] {
  return problems.map((each) => ({ ...each, at: [step, ...each.at] }));
}

/** A value, unless there are problems. */
export function settled<T>(problems: readonly Fault[], value: T): TextReading<T> {
  return problems.length === 0 ? { kind: 'value', value } : failed(problems);
}

/** The negative result of a reader that found at least one problem. */
export function failed([first, ...rest]: readonly Fault[]): TextReading<never> {
  if (first === undefined) throw new Error('a failed reading has a problem');
  return { kind: 'problems', problems: [first, ...rest] };
}
