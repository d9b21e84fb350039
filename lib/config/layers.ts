import {
  type Fault,
  type Problem,
  readTree,
  type SourceFile,
  type PathStep,
  type Tree,
  wholeFileProblem,
} from '../text/index.js';
import { isMapping, unknownKeys } from './fields.js';
import { flagOf, isKey, type Key, keys, settings, variableOf } from './settings.js';

/** One value that a source sets, before it is checked. */
export interface GivenValue {
  readonly raw: unknown;
  /** Where it is set: a flag, a variable, or `file:line:column`. */
  readonly from: string;
  readonly problemOf: (fault: Fault) => Problem;
}

/** What one source sets: the file, the environment or the flags. */
export interface Layer {
  /** The folder from which relative paths start. */
  readonly folder: string;
  readonly given: ReadonlyMap<Key, GivenValue>;
  readonly problems: readonly Problem[];
}

/** Reads the settings of a YAML file. */
export function fileLayer(file: SourceFile, folder: string): Layer {
  const tree = readTree(file, isSecret);
  const given = new Map<Key, GivenValue>();
  const problems = [...tree.problems];
  const read = (raw: unknown, section: readonly string[]): void => {
    const known = keysUnder(section);
    if (!isMapping(raw)) {
      const message = `expected a mapping of ${known.join(', ')}`;
      problems.push(problemIn(tree, section, { at: [], code: 'wrong_type', message, hint: 'none' }));
      return;
    }
    const unknown = unknownKeys(Object.keys(raw), known).map(({ at, ...fault }) => {
      const key = [...section, ...at].join('.');
      return { at, ...(replacementOf(key, raw[at.join('.')]) ?? fault) };
    });
    problems.push(...unknown.map((fault) => problemIn(tree, section, fault)));
    for (const name of known.filter((each) => Object.hasOwn(raw, each))) {
      const path = [...section, name];
      const key = path.join('.');
      if (!isKey(key)) read(raw[name], path);
      else given.set(key, valueIn(tree, path, raw[name]));
    }
  };
  if (tree.content !== 'unreadable') read(tree.content.value ?? {}, []);
  return { folder, given, problems };
}

/** Settings of earlier versions: the setting that replaces each, and its value for each old one. */
const REPLACED: Readonly<Record<string, { readonly by: Key; readonly values: Readonly<Record<string, string>> }>> = {
  'users.required': { by: 'users.challenge', values: { true: 'always', false: 'on-need' } },
};

/** What to write instead of a setting of an earlier version. */
function replacementOf(key: string, raw: unknown): Omit<Fault, 'at'> | undefined {
  const replaced = Object.hasOwn(REPLACED, key) ? REPLACED[key] : undefined;
  if (replaced === undefined) return undefined;
  const { by, values } = replaced;
  const name = by.split('.').slice(-1).join();
  const value = typeof raw === 'boolean' || typeof raw === 'string' ? values[String(raw)] : undefined;
  const lines = Object.entries(values).map(([old, instead]) => `${name}: ${instead} for ${old}`);
  const hint = `write ${value === undefined ? lines.join(', ') : `${name}: ${value}`}`;
  return { code: 'unknown_key', message: `"${key}" was replaced by "${by}"`, hint };
}

/** The names that a section of the file may hold, or the file itself. */
function keysUnder(section: readonly string[]): readonly string[] {
  const paths = keys
    .map((key) => key.split('.'))
    .filter((path) => section.every((name, depth) => path[depth] === name));
  return [...new Set(paths.flatMap((path) => path.slice(section.length, section.length + 1)))];
}

/** Whether a value of the file may be a secret: unknown ones, and the options of what is listed. */
function isSecret(path: readonly PathStep[]): boolean {
  const key = [path.slice(0, 1).join(), path.slice(0, 2).join('.')].find(isKey);
  return key === undefined || (settings[key].kind.text === 'file_only' && key !== 'hosts');
}

function problemIn(tree: Tree, path: readonly string[], { at, code, message, hint }: Fault): Problem {
  const whole = [...path, ...at];
  const inKey = code === 'unknown_key' || code === 'bad_label';
  const key = inKey ? tree.positionOfKey(whole.slice(0, -1), String(whole.at(-1))) : 'no_such_key';
  const position = key === 'no_such_key' ? tree.positionOf(whole) : key;
  const name = (code === 'unknown_key' ? whole.slice(0, -1) : whole)
    .filter((step) => typeof step === 'string')
    .join('.');
  const full = name === '' ? message : `${name}: ${message}`;
  return { severity: 'error', code, file: tree.file, position, message: full, hint };
}

function valueIn(tree: Tree, path: readonly string[], raw: unknown): GivenValue {
  const key = tree.positionOfKey(path.slice(0, -1), path.at(-1) ?? '');
  const { line, column } = key === 'no_such_key' ? tree.positionOf(path) : key;
  return { raw, from: `${tree.file}:${line}:${column}`, problemOf: (fault) => problemIn(tree, path, fault) };
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the settings of the environment: every `TIDEGATE_*` variable must be a setting. */
export function variableLayer(env: Environment, folder: string): Layer {
  const settable = keys.filter((key) => settings[key].kind.text !== 'file_only');
  const ours = Object.keys(env).filter((name) => name.startsWith('TIDEGATE_') && !isKubernetes(name));
  const unknown = unknownKeys(ours, [CONFIG_VARIABLE, ...settable.map(variableOf)]);
  const problems = unknown.map(({ at, code, hint }) => {
    const name = at.join();
    const key = Object.keys(REPLACED).find((each) => variableOf(each) === name) ?? 'none';
    const { message, hint: instead } = replacementOf(key, env[name]) ?? { message: 'unknown variable', hint };
    return wholeFileProblem(name, code, message, instead);
  });
  const texts = settable.map((key) => [key, variableOf(key), env[variableOf(key)]] as const);
  return { ...textLayer(texts, folder), problems };
}

/** The variable that names the configuration file. */
export const CONFIG_VARIABLE = variableOf('config');

/** Reads the flags that were given, by the keys of their settings. */
export function flagLayer(flags: ReadonlyMap<string, string>, folder: string): Layer {
  const texts = keys.map((key) => [key, `--${flagOf(key)}`, flags.get(key)] as const);
  return textLayer(texts, folder);
}

function textLayer(texts: readonly (readonly [Key, string, string | undefined])[], folder: string): Layer {
  const given = new Map<Key, GivenValue>();
  for (const [key, from, text] of texts) {
    if (text === undefined) continue;
    const raw = settings[key].kind.text === 'list' ? text.split(',').map((each) => each.trim()) : text;
    given.set(key, { raw, from, problemOf: ({ code, message, hint }) => wholeFileProblem(from, code, message, hint) });
  }
  return { folder, given, problems: [] };
}

/** A Service named tidegate makes Kubernetes add these variables to every container; they are not settings. */
function isKubernetes(name: string): boolean {
  return /^TIDEGATE_(SERVICE_(HOST|PORT(_.*)?)|PORT(_\d+_.*)?)$/.test(name);
}
