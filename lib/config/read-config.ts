import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { type BoundedRead, readAtMost, readTrusted, remedyFor, type Untrusted } from '../system/index.js';
import {
  decodeSource,
  inReadingOrder,
  MAX_FILE_BYTES,
  type Problem,
  type ProblemCode,
  wholeFileProblem,
} from '../text/index.js';
import { isComplete } from './fields.js';
import {
  CONFIG_VARIABLE,
  type Environment,
  fileLayer,
  flagLayer,
  type GivenValue,
  type Layer,
  variableLayer,
} from './layers.js';
import { type Config, type DefaultSources, type Key, keys, settings, type Values } from './settings.js';

/** Everything that the configuration is read from. */
export interface ConfigSources extends Pick<DefaultSources, 'folder' | 'ownPolicies' | 'openFiles'> {
  /** The flags that were given, by the keys of their settings. */
  readonly flags: ReadonlyMap<string, string>;
  /** The value of `--config`, or `'default'`: `tidegate.yaml` in `folder`, else `systemFile`, if there is one. */
  readonly file: string;
  /** The path of the configuration of this machine. */
  readonly systemFile: string;
  readonly env: Environment;
}

/** One setting in force, and its source: a flag, a variable, a position in the file, or `default`. */
export interface ConfigLine {
  readonly key: string;
  readonly value: string;
  readonly from: string;
}

/** The configuration, or every problem of it. */
export type ConfigReading =
  | { readonly kind: 'config'; readonly config: Config; readonly lines: readonly ConfigLine[]; readonly file: string }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

type Partly = { -readonly [K in Key]?: Values[K] };

/** Reads flags over environment over file over defaults into one frozen value. */
export async function readConfig(sources: ConfigSources): Promise<ConfigReading> {
  const { folder } = sources;
  const file = await readFileLayer(sources);
  const values: Partly = {};
  const given = new Map<Key, GivenValue>();
  const problems: Problem[] = [];
  for (const layer of [file, variableLayer(sources.env, folder), flagLayer(sources.flags, folder)]) {
    const wrong = [...layer.given].flatMap(([key, value]) => readValue(key, value, layer.folder, values));
    problems.push(...inReadingOrder([...layer.problems, ...wrong]));
    for (const [key, value] of layer.given) given.set(key, value);
  }
  if (!given.has('users.file')) {
    const without = NEEDS_USERS_FILE.flatMap((key) => given.get(key) ?? []);
    problems.push(...without.map(({ problemOf }) => problemOf(REQUIRES_USERS_FILE)));
  }
  if (problems.length > 0) return { kind: 'problems', problems };
  for (const key of keys) {
    const { state = '', 'limits.connections': connections = 0, 'users.file': usersFile = 'none' } = values;
    setDefault(key, values, { ...sources, state, connections, usersFile });
  }
  if (!isComplete<Values>(values, settings)) throw new Error('a setting has no value');
  const config = Object.freeze({ ...values, 'journal.folder': join(values.state, 'journal') });
  const lines = keys.map((key) => ({ key, value: shown(key, config), from: given.get(key)?.from ?? 'default' }));
  return { kind: 'config', config, lines, file: file.path };
}

const NEEDS_USERS_FILE = ['users.challenge', 'users.never-challenge'] as const satisfies readonly Key[];
const REQUIRES_USERS_FILE = { at: [], code: 'missing_key', message: 'requires users.file', hint: 'none' } as const;

function readValue<K extends Key>(key: K, given: GivenValue, folder: string, into: Pick<Partly, K>): Problem[] {
  const found = settings[key].kind.read(given.raw, folder);
  if (found.kind === 'problems') return found.problems.map(given.problemOf);
  into[key] = found.value;
  return [];
}

function setDefault<K extends Key>(key: K, into: Pick<Partly, K>, from: DefaultSources): void {
  into[key] ??= settings[key].default(from);
}

function shown<K extends Key>(key: K, config: Pick<Values, K>): string {
  return settings[key].kind.show(config[key]);
}

interface FileLayer extends Layer {
  /** The path of the file, or `'none'` if there is none. */
  readonly path: string;
}

/**
 * Reads the file: the one that was asked for, which must exist; else that of the working folder, where no other account may have put
 * it; else that of the machine.
 */
async function readFileLayer({ file, env, folder, systemFile }: ConfigSources): Promise<FileLayer> {
  const asked = file === 'default' ? (env[CONFIG_VARIABLE] ?? 'default') : file;
  if (asked !== 'default') {
    const path = resolve(folder, asked);
    const from = file === 'default' ? CONFIG_VARIABLE : '--config';
    const absent = { ...NO_FILE, path, problems: [wholeFileProblem(from, 'unreadable', `there is no file ${path}`)] };
    return layerOf(path, folder, await readAtMost(path, MAX_FILE_BYTES), { ...absent, folder });
  }
  const near = resolve(folder, DEFAULT_NAME);
  const read = await readTrusted(near, MAX_FILE_BYTES);
  if (read.kind !== 'absent') return layerOf(near, folder, read, { ...NO_FILE, folder });
  return layerOf(systemFile, folder, await readAtMost(systemFile, MAX_FILE_BYTES), { ...NO_FILE, folder });
}

const DEFAULT_NAME = 'tidegate.yaml';
const NO_FILE = { path: 'none', given: new Map(), problems: [] } as const;

function layerOf(path: string, folder: string, read: BoundedRead | Untrusted, absent: FileLayer): FileLayer {
  const name = nameOf(path, folder);
  const refused = (code: ProblemCode, message: string, hint = 'none'): FileLayer => {
    return { ...NO_FILE, folder, path, problems: [wholeFileProblem(name, code, message, hint)] };
  };
  switch (read.kind) {
    case 'bytes': {
      const decoded = decodeSource(name, read.bytes);
      if (decoded.kind === 'problems') return { ...NO_FILE, folder, path, problems: [decoded.problems[0]] };
      return { path, ...fileLayer(decoded.value, dirname(path)) };
    }
    case 'absent':
      return absent;
    case 'untrusted': {
      const message = `the file was found in the working folder and is not used: ${read.why}`;
      return refused('exposed', message, `give it to this account and run chmod go-w, or name it: --config ${path}`);
    }
    case 'too_large':
      return refused('too_large', 'the file is larger than 1 MiB');
    case 'failed':
      return refused('unreadable', `the file cannot be read: ${read.reason}`, remedyFor(read.reason, 'none'));
  }
}

/** The path as a person in `folder` would write it. */
function nameOf(path: string, folder: string): string {
  const short = relative(folder, path);
  return short.startsWith('..') || isAbsolute(short) ? path : short;
}
