import { resolve } from 'node:path';
import { DAY_MS } from '../system/values/index.js';
import { didYouMean, type Fault, fault, type PathStep, type TextProblems, type TextReading } from '../text/index.js';

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

/** The description of a kind that is written as one text; `parse` gives `undefined` for what has another form. */
interface Scalar<T> extends Pick<Kind<T>, 'show' | 'form' | 'schema'> {
  readonly parse: (raw: unknown, folder: string) => T | undefined;
  readonly hint?: (raw: unknown) => string;
}

/** Makes a kind that is written as one text. */
export function scalar<T>({ parse, hint = () => 'none', ...kind }: Scalar<T>): Kind<T> {
  const read: Kind<T>['read'] = (raw, folder) => {
    const value = parse(raw, folder);
    return value === undefined ? fault('bad_value', `expected ${kind.form}`, hint(raw)) : { kind: 'value', value };
  };
  return { ...kind, read, text: 'one' };
}

/** The text of a scalar. YAML reads `8000` as a number where flags bring text: both are accepted. */
export function textOf(raw: unknown): string {
  return typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : '';
}

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: DAY_MS } as const;
const sizes = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

// setTimeout cannot wait for 25 days, and fires at once if asked to.
const longest = 24 * DAY_MS;

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
  table: Readonly<Record<string, number>>,
  least: number,
  most: number,
): Kind<number> {
  // The largest unit that keeps it exact.
  const show = (value: number): string => {
    const exact = Object.entries(table).filter(([, each]) => each === 1 || (value >= each && value % each === 0));
    const [unit, each] = exact.at(-1) ?? ['', 1];
    return `${value / each}${unit}`;
  };
  return scalar({
    form: `${name} from ${show(least)} to ${show(most)}`,
    hint: () => `write a whole number and a unit: ${examples}`,
    schema: { type: 'string', pattern: form.source },
    show,
    parse: (raw) => {
      const [, digits, unit = ''] = form.exec(textOf(raw)) ?? [];
      return inRange(Number(digits) * (table[unit] ?? Number.NaN), least, most);
    },
  });
}

/** A whole number. */
export function count(least: number, most: number): Kind<number> {
  return scalar({
    form: `a whole number from ${least} to ${most}`,
    schema: { type: ['integer', 'string'], minimum: least, maximum: most, pattern: '^\\d{1,9}$' },
    show: String,
    parse: (raw) => inRange(/^\d{1,9}$/.test(textOf(raw)) ? Number(raw) : Number.NaN, least, most),
  });
}

function inRange(value: number, least: number, most: number): number | undefined {
  return value >= least && value <= most ? value : undefined;
}

/** One of a few words. */
export function word<const W extends string>(...words: readonly W[]): Kind<W> {
  return scalar({
    form: `one of ${words.join(', ')}`,
    schema: { enum: words },
    show: String,
    parse: (raw) => words.find((each) => each === raw),
    hint: (raw) => (typeof raw === 'string' ? didYouMean(raw, words) : 'none'),
  });
}

/** `true` or `false`. */
export const flag: Kind<boolean> = scalar({
  form: 'true or false',
  schema: { enum: [true, false, 'true', 'false'] },
  show: String,
  parse: (raw) => [true, false].find((each) => String(each) === textOf(raw)),
});

/** A string of some form, and what is made of it. */
export function pattern(
  regex: RegExp,
  form: string,
  make: (text: string, folder: string) => string = (text) => text,
): Kind<string> {
  return scalar({
    form,
    schema: { type: 'string', pattern: regex.source },
    show: String,
    parse: (raw, folder) => (typeof raw === 'string' && regex.test(raw) ? make(raw, folder) : undefined),
  });
}

/** The path of a file or folder; a relative one starts from the folder of its source. */
export const path: Kind<string> = pattern(/^[^\0]+$/, 'the path of a file or folder', (text, folder) =>
  resolve(folder, text),
);

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
export function failed([first, ...rest]: readonly Fault[]): TextProblems {
  if (first === undefined) throw new Error('a failed reading has a problem');
  return { kind: 'problems', problems: [first, ...rest] };
}
