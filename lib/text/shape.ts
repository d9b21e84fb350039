import { z } from 'zod';
import { isObject } from '../system/values/index.js';
import { didYouMean } from './did-you-mean.js';
import {
  fault,
  MOST_OF_A_FILE,
  quoted,
  type Fault,
  type FilePosition,
  type Problem,
  type PathStep,
  type TextProblems,
  type TextReading,
} from './problems.js';
import type { Tree } from './yaml.js';

/** A string that a reader turns into a value. The problems that the reader finds travel in zod's `params`. */
export function leaf<T>(read: (text: string) => TextReading<T>): z.ZodType<T, string> {
  return z.string().transform((text, context) => settle(read(text), context));
}

/** The same for values that may be a string or a number. */
export function looseLeaf<T>(read: (value: unknown) => TextReading<T>): z.ZodType<T> {
  return z.unknown().transform((value, context) => settle(read(value), context));
}

function settle<T>(read: TextReading<T>, context: z.RefinementCtx): T {
  if (read.kind === 'value') return read.value;
  for (const problem of read.problems)
    context.addIssue({ code: 'custom', path: [...problem.at], message: problem.message, params: { fault: problem } });
  return z.NEVER;
}

/** A list with at least one entry: an empty one is a mistake, or an attempt at "nothing" or "everything". */
export function list<S extends z.ZodType>(of: S): z.ZodArray<S> {
  return z.array(of).min(1);
}

/** A key that may be left out and otherwise holds such a list, and its description for editors. */
export function optionalList<S extends z.ZodType>(of: S, description: string): z.ZodOptional<z.ZodArray<S>> {
  return list(of).optional().describe(description);
}

/** A check of several keys of one mapping. It runs even if other keys have problems, so that all are reported at once. */
export function across({ problems: [found] }: TextProblems): {
  readonly when: (payload: { readonly value: unknown }) => boolean;
  readonly message: string;
  readonly params: { readonly fault: Fault };
} {
  return { when: ({ value }) => isObject(value), message: found.message, params: { fault: found } };
}

/** A check of several values of one mapping. It runs when they have no other problem. */
export function onceSound({ problems: [found] }: TextProblems): Omit<ReturnType<typeof across>, 'when'> {
  return { message: found.message, params: { fault: found } };
}

/** The keys that a mapping may have, by the path to it, and where each key of the language belongs. */
export interface KnownKeys {
  readonly at: (path: readonly PathStep[]) => readonly string[];
  /** The hint where a key that is unknown here belongs, or `'none'`. */
  readonly elsewhere: (key: string) => string;
}

/** Reads a file by its schema. `value` is undefined where the content has another shape. */
export function readShape<T>(
  tree: Tree,
  schema: z.ZodType<T>,
  known: KnownKeys,
): { readonly value: T | undefined; readonly problems: readonly Problem[] } {
  if (tree.content === 'unreadable') return { value: undefined, problems: tree.problems };
  const { data, error } = schema.safeParse(tree.content.value);
  return { value: data, problems: [...tree.problems, ...(error === undefined ? [] : problemsOf(tree, error, known))] };
}

/** Reads a value that is not from a file; of its problems the first is enough. */
export function readValue<T>(schema: z.ZodType<T>, value: unknown): TextReading<T> {
  const read = schema.safeParse(value);
  if (read.success) return { kind: 'value', value: read.data };
  return read.error.issues.map((issue) => readIssue(issue, [], value)).at(0) ?? fault('bad_value', 'invalid', 'none');
}

/** Translates zod's issues into problems with their positions in the text. */
function problemsOf(tree: Tree, error: z.ZodError, known: KnownKeys): readonly Problem[] {
  return error.issues.slice(0, MOST_OF_A_FILE).flatMap((issue) => {
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    if (issue.code === 'unrecognized_keys')
      return issue.keys.slice(0, MOST_OF_A_FILE).flatMap((key) => unknownKey(tree, path, key, known));
    const [{ code, message, hint }] = readIssue(issue, path, valueAt(tree, path)).problems;
    const position = positionIn(tree, issue.code, path);
    return [{ severity: 'error', code, file: tree.file, position, message, hint } as const];
  });
}

function positionIn(tree: Tree, code: string, path: readonly PathStep[]): FilePosition {
  const position = code === 'invalid_key' ? tree.positionOfKey(path.slice(0, -1), String(path.at(-1))) : 'no_such_key';
  return position === 'no_such_key' ? tree.positionOf(path) : position;
}

function unknownKey(tree: Tree, path: readonly PathStep[], key: string, known: KnownKeys): readonly Problem[] {
  const position = tree.positionOfKey(path, key);
  // Merge keys and keys that are not plain words have been reported as such.
  if (position === 'no_such_key' || key === '<<') return [];
  const there = { severity: 'error', file: tree.file, position } as const;
  const hints = [didYouMean(key, known.at(path)), known.elsewhere(key)];
  const hint = hints.find((each) => each !== 'none') ?? `known here: ${known.at(path).join(', ')}`;
  return [{ ...there, code: 'unknown_key', message: `unknown key ${quoted(key)}`, hint }];
}

function readIssue(issue: z.core.$ZodIssue, path: readonly PathStep[], value: unknown): TextProblems {
  const name = nameOf(path);
  switch (issue.code) {
    case 'custom':
      return isFault(issue.params?.['fault'])
        ? { kind: 'problems', problems: [issue.params['fault']] }
        : fault('bad_value', issue.message, 'none');
    case 'invalid_type':
      return value === undefined ? missing(name) : wrongType(name, issue.expected, value);
    case 'invalid_value': {
      if (value === undefined) return missing(name);
      const choices = issue.values.map(String);
      const hint = typeof value === 'string' ? didYouMean(value, choices) : 'none';
      return fault('bad_value', `${name} must be ${oneOf(choices)}, not ${described(value)}`, hint);
    }
    case 'too_small':
      if (issue.origin === 'array')
        return fault('empty_list', `${name} is an empty list`, 'give it an entry, or remove the key');
      return fault('bad_value', `${name} is empty`, 'give it a value, or remove the key');
    case 'too_big':
      return fault('bad_value', `${name} is too long`, `at most ${String(issue.maximum)} characters`);
    case 'invalid_key':
      return (
        issue.issues.map((inner) => readIssue(inner, path, path.at(-1))).at(0) ??
        fault('bad_label', `bad key ${name}`, 'none')
      );
    default:
      return fault('bad_value', `${name} is invalid: ${issue.message}`, 'none');
  }
}

function oneOf(choices: readonly string[]): string {
  return choices.length === 1 ? String(choices[0]) : `one of ${choices.join(', ')}`;
}

function missing(name: string): TextProblems {
  return fault('missing_key', `${name} is missing`, `add ${name}`);
}

const expectedTypes: Readonly<Record<string, string>> = {
  string: 'a string',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function wrongType(name: string, expected: string, value: unknown): TextProblems {
  const message = `${name} must be ${expectedTypes[expected] ?? expected}, not ${described(value)}`;
  if (value === null) return fault('wrong_type', message, 'give it a value, or remove the key');
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean'))
    return fault('wrong_type', message, `quote it: "${value}"`);
  if (expected === 'array' && (typeof value === 'string' || typeof value === 'number'))
    return fault('wrong_type', message, `write it as a list: [${described(value)}]`);
  return fault('wrong_type', message, 'none');
}

function described(value: unknown): string {
  if (value === null) return 'an empty value';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'an empty value';
}

/** The name of the value at a path, for messages. */
function nameOf(path: readonly PathStep[]): string {
  const key = path.findLast((step) => typeof step === 'string');
  if (typeof path.at(-1) === 'number') return key === undefined ? 'an entry of the file' : `an entry of "${key}"`;
  return key === undefined ? 'the file' : `"${key}"`;
}

function valueAt(tree: Tree, path: readonly PathStep[]): unknown {
  let value = tree.content === 'unreadable' ? undefined : tree.content.value;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, step) as unknown;
  }
  return value;
}

function isFault(value: unknown): value is Fault {
  return isObject(value) && 'code' in value && 'message' in value && 'hint' in value;
}
