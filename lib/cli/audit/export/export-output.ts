import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beginDurableWrite, errorReason } from '../../../system/index.js';
import { fail, standardOutput } from '../../console/index.js';

/** Where exported text goes. */
export interface Output {
  /** The file's path, or `'none'`. */
  readonly path: string;
  /** Writes text, and waits until there is room for more. */
  readonly write: (text: string) => Promise<void>;
  /** Completes the output. */
  readonly commit: () => Promise<void>;
  /** Removes an incomplete file. Never rejects; does nothing after a commit. */
  readonly discard: () => Promise<void>;
}

/**
 * Opens a file for writing, or standard output if `path` is `'none'`. An existing file stays, unless `force` is given. The
 * file has a temporary name until it is complete and durable. Opening, writing and completing it end the command on failure.
 */
export async function openOutput(path: string, force: boolean): Promise<Output> {
  if (path === 'none') {
    const write = (text: string): Promise<void> => standardOutput.written(text);
    return { path, write, commit: () => standardOutput.synced(), discard: () => Promise.resolve() };
  }
  if (!force && existsSync(path)) fail('cannotWrite', `"${path}" exists already: use --force to replace it`);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  const { file, commit, discard } = await orFail(path, beginDurableWrite(path, temporary));
  return {
    path,
    write: (text) => orFail(path, file.appendFile(text)),
    commit: () => orFail(path, commit(force ? 'replace' : 'create')),
    discard,
  };
}

async function orFail<T>(path: string, step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    const reason = errorReason(error);
    if (reason === 'EEXIST') fail('cannotWrite', `"${path}" was created meanwhile: use --force to replace it`);
    fail('cannotWrite', `cannot write "${path}" (${reason})`);
  }
}
