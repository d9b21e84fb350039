import { didYouMean, type Fault, fault, quoted, type TextProblems, type TextReading } from '../text/index.js';
import { failed, type JsonSchema, type Kind, settled, under, word } from './kinds.js';

/** One row of a table: a member of a mapping, its kind, its help text, and its value where it is left out. */
export interface Member<V> {
  readonly kind: Kind<V>;
  readonly help: string;
  readonly absent: { readonly value: V } | 'required';
}

/** A table of rows: a member of the value for every row. */
export type Members<V> = { readonly [Key in keyof V]: Member<V[Key]> };

/** A mapping as YAML gives it. */
export type Mapping = Readonly<Record<string, unknown>>;

/** The members of a mapping for a JSON Schema. */
interface Shape {
  readonly properties: JsonSchema;
  readonly required: readonly string[];
}

/** Some members of a mapping that together make one value. */
export interface Part<V> {
  readonly keys: readonly string[];
  readonly read: (raw: Mapping, folder: string) => TextReading<V>;
  /** One for each shape that the members may have together. */
  readonly shapes: readonly Shape[];
}

/** A row for a member that may be left out. */
export function field<V>(kind: Kind<V>, value: NoInfer<V>, help: string): Member<V> {
  return { kind, help, absent: { value } };
}

/** A row for a member that must be given. */
export function required<V>(kind: Kind<V>, help: string): Member<V> {
  return { kind, help, absent: 'required' };
}

/** The members that a table describes, by their keys. */
export function fields<V>(table: Members<V>): Part<V> {
  return {
    keys: Object.keys(table),
    read: (raw, folder) => collect<V>(table, (key) => readField(table[key], key, raw, folder)),
    shapes: [shapeOf(table)],
  };
}

/** Reads every member that a table names into one value, or gives the problems of all. */
function collect<V>(
  table: { readonly [Key in keyof V]: unknown },
  read: <K extends Extract<keyof V, string>>(key: K) => TextReading<V[K]>,
): TextReading<V> {
  const values: Partial<V> = {};
  const problems: Fault[] = [];
  for (const key in table) {
    const found = read(key);
    if (found.kind === 'value') values[key] = found.value;
    else problems.push(...found.problems);
  }
  return isComplete(values, table) ? { kind: 'value', value: values } : failed(problems);
}

function shapeOf<V>(table: Members<V>): Shape {
  const properties: Record<string, JsonSchema> = {};
  const needed: string[] = [];
  for (const key in table) {
    const { kind, help, absent } = table[key];
    const shown = absent === 'required' ? {} : { default: kind.show(absent.value) };
    properties[key] = { description: help, ...shown, ...kind.schema };
    if (absent === 'required') needed.push(key);
  }
  return { properties, required: needed };
}

function readField<V>({ kind, absent }: Member<V>, key: string, raw: Mapping, folder: string): TextReading<V> {
  if (Object.hasOwn(raw, key)) {
    const found = kind.read(raw[key], folder);
    return found.kind === 'value' ? found : failed(under(key, found.problems));
  }
  return absent === 'required' ? requires(key) : { kind: 'value', ...absent };
}

function requires(key: string): TextProblems {
  return fault('missing_key', `requires ${key}`, 'none');
}

/** Whether a value has every member that a table names. */
export function isComplete<V>(values: Partial<V>, table: { readonly [Key in keyof V]: unknown }): values is V {
  return Object.keys(table).every((key) => Object.hasOwn(values, key));
}

/** Several parts of one mapping, each under its name. */
export function together<V>(parts: { readonly [Name in keyof V]: Part<V[Name]> }): Part<V> {
  const all: Part<unknown>[] = Object.values(parts);
  return {
    keys: all.flatMap(({ keys }) => keys),
    read: (raw, folder) => collect<V>(parts, (name) => parts[name].read(raw, folder)),
    shapes: all.reduce<readonly Shape[]>((before, { shapes }) => combined(before, shapes), [NO_MEMBERS]),
  };
}

const NO_MEMBERS: Shape = { properties: {}, required: [] };

function combined(some: readonly Shape[], others: readonly Shape[]): readonly Shape[] {
  return some.flatMap((one) =>
    others.map((other) => ({
      properties: { ...one.properties, ...other.properties },
      required: [...one.required, ...other.required],
    })),
  );
}

/** A part made into another value, or refused for what its members are together. */
export function refine<V, U>(part: Part<V>, make: (value: V) => TextReading<U>): Part<U> {
  return {
    ...part,
    read: (raw, folder) => {
      const found = part.read(raw, folder);
      return found.kind === 'value' ? make(found.value) : found;
    },
  };
}

/** A part made into another value. */
export function map<V, U>(part: Part<V>, make: (value: V) => U): Part<U> {
  return refine(part, (value) => ({ kind: 'value', value: make(value) }));
}

/** The members `use` and `options`: every use has its own options, and all are read into one type of value. */
export function byUse<V>(uses: Readonly<Record<string, Part<V>>>): Part<V> {
  const kinds = new Map(Object.entries(uses).map(([use, part]) => [use, mapping(part, () => use)]));
  const use = required(word(...kinds.keys()), 'what receives it');
  return {
    keys: ['use', 'options'],
    read: (raw, folder) => {
      const options = typeof raw['use'] === 'string' ? kinds.get(raw['use']) : undefined;
      if (options !== undefined) return readField(required(options, ''), 'options', raw, folder);
      const found = readField(use, 'use', raw, folder);
      const missing = Object.hasOwn(raw, 'options') ? [] : requires('options').problems;
      return failed([...(found.kind === 'problems' ? found.problems : []), ...missing]);
    },
    shapes: [...kinds].map(([name, options]) => ({
      properties: { use: { const: name }, options: options.schema },
      required: ['use', 'options'],
    })),
  };
}

/** A mapping that consists of a part, and of nothing else. */
export function mapping<V>(part: Part<V>, show: (value: V) => string): Kind<V> {
  const form = `a mapping of ${part.keys.join(', ')}`;
  const read: Kind<V>['read'] = (raw, folder) => {
    if (!isMapping(raw)) return fault('wrong_type', `expected ${form}`, 'none');
    const found = part.read(raw, folder);
    const problems = unknownKeys(Object.keys(raw), part.keys);
    return found.kind === 'value' ? settled(problems, found.value) : failed([...problems, ...found.problems]);
  };
  const [shape = NO_MEMBERS, ...others] = part.shapes.map((each) => ({
    type: 'object',
    ...each,
    additionalProperties: false,
  }));
  return {
    read,
    show,
    form,
    schema: others.length === 0 ? { ...shape } : { anyOf: [shape, ...others] },
    text: 'file_only',
  };
}

/** A problem for every key that is not known. */
export function unknownKeys(given: readonly string[], known: readonly string[]): readonly Fault[] {
  // A merge key has been reported by the reader of YAML.
  const unknown = given.filter((key) => !known.includes(key) && key !== '<<');
  return unknown.map((key) => {
    const near = didYouMean(key, known);
    const hint = near === 'none' ? `known here: ${known.join(', ')}` : near;
    return { at: [key], code: 'unknown_key', message: `unknown key ${quoted(key)}`, hint };
  });
}

/** Whether YAML made a mapping of it. */
export function isMapping(raw: unknown): raw is Mapping {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}
