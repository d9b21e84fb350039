import type { z } from 'zod';
import { nearest } from './nearest.js';
import { type Layer, layerSchema } from './schema.js';
import { settings, variableOf } from './settings.js';

/** One thing wrong with the configuration: where it was said, which key it is about, and what would be right. */
export interface ConfigProblem {
  /** `--listen`, `TIDEGATE_LISTEN`, or `file:line:column`. */
  readonly where: string;
  /** The key, or `'none'` if it is about the whole. */
  readonly key: string;
  readonly detail: string;
}

/** Words for the same keys from one place, before any checking. */
export interface Source {
  readonly raw: unknown;
  /** Where the value at a path was said. The path may go deeper than the source does. */
  readonly locate: (path: readonly PropertyKey[]) => string;
  /** The folder that paths in it are taken from. */
  readonly folder: string;
}

/** A source checked: what it says, key by key, or everything that is wrong with it. */
export type CheckedLayer =
  | { readonly kind: 'layer'; readonly layer: Layer; readonly origins: ReadonlyMap<string, string> }
  | { readonly kind: 'problems'; readonly problems: readonly ConfigProblem[] };

/** Checks a source against the schema. */
export function checkLayer(source: Source): CheckedLayer {
  const read = layerSchema(source.folder).safeParse(source.raw);
  if (!read.success)
    return { kind: 'problems', problems: inOrder(read.error.issues.flatMap((each) => tell(each, source))) };
  const origins = new Map<string, string>();
  for (const { key } of settings) {
    const path = key.split('.');
    if (holds(source.raw, path)) origins.set(key, source.locate(path));
  }
  return { kind: 'layer', layer: read.data, origins };
}

/** Reads the environment: every `TIDEGATE_*` variable that is a key, and a problem for each that is none. */
export function environmentSource(env: Readonly<Record<string, string | undefined>>, folder: string): Source {
  const said = new Map<string, string>();
  for (const { key, text } of settings) {
    const value = env[variableOf(key)];
    if (text !== 'file_only' && value !== undefined) said.set(key, value);
  }
  return textSource(said, folder, variableOf);
}

/** Finds the variables that look like ours and are none. */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): readonly ConfigProblem[] {
  const known = [
    'TIDEGATE_CONFIG',
    ...settings.filter(({ text }) => text !== 'file_only').map(({ key }) => variableOf(key)),
  ];
  return Object.keys(env)
    .filter((name) => name.startsWith('TIDEGATE_') && !known.includes(name) && !isKubernetes(name))
    .map((name) => ({ where: name, key: 'none', detail: `unknown variable${hint(name, known)}` }));
}

/** Reads the flags that were given: key → text. */
export function flagSource(flags: ReadonlyMap<string, string>, folder: string): Source {
  const nameOf = (key: string): string => {
    const flag = settings.find((each) => each.key === key)?.flag ?? 'none';
    return flag === 'none' ? key : `--${flag.name}`;
  };
  return textSource(flags, folder, nameOf);
}

function textSource(said: ReadonlyMap<string, string>, folder: string, nameOf: (key: string) => string): Source {
  const raw: Record<string, unknown> = {};
  for (const { key, text } of settings) {
    const value = said.get(key);
    if (value !== undefined)
      put(raw, key.split('.'), text === 'list' ? value.split(',').map((each) => each.trim()) : value);
  }
  const locate = (path: readonly PropertyKey[]): string => {
    const at = path.map(String).join('.');
    const key = settings.find((each) => at === each.key || at.startsWith(`${each.key}.`))?.key ?? at;
    return nameOf(key);
  };
  return { raw, locate, folder };
}

/** A Service named tidegate makes Kubernetes put these into every container beside it; they are not ours. */
function isKubernetes(name: string): boolean {
  return /^TIDEGATE_(SERVICE_(HOST|PORT(_.*)?)|PORT(_\d+_.*)?)$/.test(name);
}

/** By line and column, as the reader will go through the file. */
function inOrder(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return problems.toSorted((one, other) => one.where.localeCompare(other.where, 'en', { numeric: true }));
}

function tell(issue: z.core.$ZodIssue, { locate }: Source): readonly ConfigProblem[] {
  const key = keyOf(issue.path);
  if (issue.code !== 'unrecognized_keys') {
    const detail = issue.code === 'custom' ? issue.message : `must be a map of ${keysUnder(issue.path).join(', ')}`;
    return [{ where: locate(issue.path), key, detail }];
  }
  const prefix = key === 'none' ? '' : `${key}.`;
  const known = [...keysUnder([]), ...settings.map((each) => each.key)];
  return issue.keys.map((unknown) => ({
    where: locate([...issue.path, unknown]),
    key: `${prefix}${unknown}`,
    detail: `unknown key${hint(`${prefix}${unknown}`, known)}`,
  }));
}

/** The keys that may stand in a map: the whole file's, or one section's. */
function keysUnder(path: readonly PropertyKey[]): readonly string[] {
  const all = settings.map(({ key }) => key.split('.'));
  const [section] = path;
  const under =
    section === undefined
      ? all.map(([first = '']) => first)
      : all.flatMap(([first, ...rest]) => (first === section ? rest : []));
  return [...new Set(under)];
}

function hint(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === 'none' ? '' : `; did you mean ${near}?`;
}

/** `hosts.a.corp` for `['hosts', 'a.corp', 0]`: list positions are left out, since `where` points at the entry. */
function keyOf(path: readonly PropertyKey[]): string {
  return path.filter((step) => typeof step === 'string').join('.') || 'none';
}

function put(into: Record<string, unknown>, [first = '', second]: readonly string[], value: unknown): void {
  if (second === undefined) into[first] = value;
  else into[first] = { ...Object(into[first] ?? {}), [second]: value };
}

function holds(raw: unknown, path: readonly string[]): boolean {
  let at = raw;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !(step in at)) return false;
    at = Object.entries(at).find(([key]) => key === step)?.[1];
  }
  return true;
}
