import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Option } from 'commander';
import { ownPolicies } from '../../app/product/index.js';
import { type Config, type ConfigLine, flagOf, keys as settingKeys, readConfig, settings } from '../../config/index.js';
import { formatProblem, type Problem } from '../../text/index.js';
import { failure, type Failure, type Input } from './command.js';

/** Makes `--config` and the flags of some settings; the flags of all settings if none is named. */
export function settingOptions(...keys: readonly string[]): readonly Option[] {
  const flags = settingKeys.flatMap((key) => {
    const { flag, kind, help } = settings[key];
    if (flag === 'none' || (keys.length > 0 && !keys.includes(key))) return [];
    const option = new Option(`--${flag}`, help);
    // A list may be given at once, with commas, or by repeating the flag.
    return kind.text === 'list' ? [option.argParser(append)] : [option];
  });
  return [new Option('--config <file>', 'configuration file (default: ./tidegate.yaml, if it exists)'), ...flags];
}

function append(value: string, before: unknown): string {
  return typeof before === 'string' ? `${before},${value}` : value;
}

/** The configuration in force, where each part of it came from, and the folder of its file. */
export interface Settled {
  readonly kind: 'settled';
  readonly config: Config;
  readonly lines: readonly ConfigLine[];
  /** The file's path, or `'none'` if there is none. */
  readonly file: string;
  readonly folder: string;
}

/** Reads the configuration for a command: its flags, the environment, the file. */
export async function settle(input: Input): Promise<Settled | Failure> {
  const read = await readSettings(input);
  return read.kind === 'settled'
    ? read
    : failure('config', 'invalid configuration', ...read.problems.flatMap((each) => formatProblem(each).split('\n')));
}

/** Reads the configuration, or gives all its problems. */
export async function readSettings(
  input: Input,
): Promise<Settled | { readonly kind: 'problems'; readonly problems: readonly Problem[] }> {
  const flags = new Map<string, string>();
  for (const key of settingKeys) {
    const value = input.text(flagOf(key));
    if (value !== 'none') flags.set(key, value);
  }
  const file = input.text('config');
  const read = await readConfig({
    flags,
    file: file === 'none' ? 'default' : file,
    env: process.env,
    folder: process.cwd(),
    ownPolicies,
    openFiles: openFiles(),
  });
  if (read.kind === 'config') {
    const folder = read.file === 'none' ? process.cwd() : dirname(read.file);
    return { kind: 'settled', config: read.config, lines: read.lines, file: read.file, folder };
  }
  return read;
}

/** The number of files that a process may have open, where the system has that in a readable file. */
export function openFiles(pid: number | 'self' = 'self'): number | 'unknown' {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? [];
    return soft === undefined ? 'unknown' : Number(soft);
  } catch {
    // Not Linux (where Node raises the limit as far as it can), or not our process.
    return 'unknown';
  }
}
