import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ownPolicies } from '../../app/product/index.js';
import { type Config, type ConfigLine, flagOf, keys, readConfig } from '../../config/index.js';
import { formatProblem, type Problem } from '../../text/index.js';
import { fail, type Input } from './command.js';

/** The configuration in force, where each part of it came from, and the folder of its file. */
export interface Settled {
  readonly kind: 'settled';
  readonly config: Config;
  readonly lines: readonly ConfigLine[];
  /** The file's path, or `'none'` if there is none. */
  readonly file: string;
  readonly folder: string;
}

/** Reads the configuration for a command: its flags, the environment, the file. Fails if it is invalid. */
export async function settle(input: Input): Promise<Settled> {
  const read = await readSettings(input);
  if (read.kind === 'settled') return read;
  fail('config', 'invalid configuration', ...read.problems.flatMap((each) => formatProblem(each).split('\n')));
}

/** Reads the configuration, or gives all its problems. */
export async function readSettings(
  input: Input,
): Promise<Settled | { readonly kind: 'problems'; readonly problems: readonly Problem[] }> {
  const flags = new Map<string, string>();
  for (const key of keys) {
    const value = input.text(flagOf(key));
    if (value !== 'none') flags.set(key, value);
  }
  const file = input.text('config');
  const read = await readConfig({
    flags,
    file: file === 'none' ? 'default' : file,
    systemFile: systemFile(),
    env: process.env,
    folder: process.cwd(),
    ownPolicies,
    openFiles: openFiles(),
  });
  if (read.kind === 'problems') return read;
  return { ...read, kind: 'settled', folder: read.file === 'none' ? process.cwd() : dirname(read.file) };
}

/** The configuration of this machine, for commands that find none in their working folder. */
function systemFile(): string {
  const folder = process.platform === 'win32' ? (process.env['ProgramData'] ?? 'C:\\ProgramData') : '/etc';
  return join(folder, 'tidegate', 'tidegate.yaml');
}

/** Where a setting comes from, and the file that was read: `/etc/tidegate/tidegate.yaml:2:1`, `--policies`, `default`. */
export function sourceOf({ lines, file }: Settled, key: string): string {
  const from = lines.find((line) => line.key === key)?.from ?? 'default';
  if (from !== 'default') return from;
  return file === 'none' ? 'default, without a configuration file' : `default, not set in ${file}`;
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
