import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { summariseProblem } from '../../lib/text/index.js';
import { type Config, type ConfigReading, type ConfigSources, readConfig } from '../../lib/config/index.js';

/** A folder with a `tidegate.yaml` of this text (none for `'no file'`), gone with the test. */
export async function folderWith(t: ExecutionContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-config-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  if (text !== 'no file') await writeFile(join(folder, 'tidegate.yaml'), text);
  return folder;
}

/** Reads a configuration of this file text, and of what else is said. */
export async function reading(
  t: ExecutionContext,
  text: string,
  others: Partial<ConfigSources> = {},
): Promise<ConfigReading> {
  const folder = await folderWith(t, text);
  const nothing = {
    flags: new Map(),
    file: 'default',
    env: {},
    systemFile: '/nowhere/tidegate.yaml',
    ownPolicies: '/own',
    openFiles: 20_000,
  } as const;
  return readConfig({ ...nothing, folder, ...others });
}

/** The configuration; throws with the problems if there is none. */
export async function config(t: ExecutionContext, text: string, others: Partial<ConfigSources> = {}): Promise<Config> {
  const read = await reading(t, text, others);
  if (read.kind === 'problems') throw new Error(problemsIn(read).join('\n'));
  return read.config;
}

/** The problems in one line each, with their hints; none if it was read. */
export function problemsIn(read: ConfigReading): readonly string[] {
  if (read.kind === 'config') return [];
  return read.problems.map((each) => summariseProblem(each) + (each.hint === 'none' ? '' : ` (${each.hint})`));
}
