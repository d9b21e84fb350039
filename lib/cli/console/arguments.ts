import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Command, Option } from 'commander';
import { type Config, type ConfigLine, flagOf, keys as settingKeys, readConfig, settings } from '../../config/index.js';
import { ownPolicies } from '../../app/product/index.js';
import { formatProblem, type Problem } from '../../text/index.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { complain } from './terminal.js';

/** Adds `--config` and the flags of some settings to a command; the flags of all settings if none is named. */
export function withSettings(command: Command, ...keys: readonly string[]): Command {
  command.option('--config <file>', 'configuration file (default: ./tidegate.yaml, if there is one)');
  for (const key of settingKeys) {
    const { flag, kind, help } = settings[key];
    if (flag === 'none' || (keys.length > 0 && !keys.includes(key))) continue;
    const option = new Option(`--${flag}`, help);
    // A list may be given at once, with commas, or by giving the flag again.
    if (kind.text === 'list')
      option.argParser((value, before) => (typeof before === 'string' ? `${before},${value}` : value));
    command.addOption(option);
  }
  return command;
}

/** The text of an option, or `'none'` if it was not given. */
export function textOption(command: Command, flag: string): string {
  const option = command.options.find(({ long }) => long === `--${flag}`);
  const value: unknown = option === undefined ? undefined : command.getOptionValue(option.attributeName());
  return typeof value === 'string' ? value : 'none';
}

/** Adds an option that may be given several times. */
export function withRepeated(command: Command, flags: string, what: string): Command {
  const collect = (value: string, before: unknown): readonly unknown[] =>
    Array.isArray(before) ? [...before.map(String), value] : [value];
  return command.addOption(new Option(flags, what).argParser(collect));
}

/** The texts of an option that may be given several times, in their order. */
export function textsOption(command: Command, flag: string): readonly string[] {
  const option = command.options.find(({ long }) => long === `--${flag}`);
  const value: unknown = option === undefined ? undefined : command.getOptionValue(option.attributeName());
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];
}

/** Whether a switch such as `--json` was given. */
export function isGiven(command: Command, flag: string): boolean {
  const option = command.options.find(({ long }) => long === `--${flag}`);
  return option !== undefined && command.getOptionValue(option.attributeName()) === true;
}

/** The configuration in force, where each part of it came from, and the folder that its file lies in. */
export interface Settled {
  readonly kind: 'settled';
  readonly config: Config;
  readonly lines: readonly ConfigLine[];
  /** The file's path, or `'none'` if there is none. */
  readonly file: string;
  readonly folder: string;
}

/** Reads the configuration for a command: its flags, our environment, the file. Tells all problems and answers 78 if there are any. */
export async function settle(command: Command): Promise<Settled | ExitCode> {
  const read = await readSettings(command);
  if (read.kind === 'settled') return read;
  return complain(
    exitCodes.config,
    'invalid configuration',
    ...read.problems.flatMap((each) => formatProblem(each).split('\n')),
  );
}

/** The same without any output. */
export async function readSettings(
  command: Command,
): Promise<Settled | { readonly kind: 'problems'; readonly problems: readonly Problem[] }> {
  const flags = new Map<string, string>();
  for (const key of settingKeys) {
    const value = textOption(command, flagOf(key));
    if (value !== 'none') flags.set(key, value);
  }
  const file = textOption(command, 'config');
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

/** How many files a process may have open, where the system says so in a file that we may read. */
export function openFiles(pid: number | 'self' = 'self'): number | 'unknown' {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? [];
    return soft === undefined ? 'unknown' : Number(soft);
  } catch {
    // Not Linux (Node raises the limit as far as it can there, and nobody tells how far that was), or not our process.
    return 'unknown';
  }
}
