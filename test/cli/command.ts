import { chmod } from 'node:fs/promises';
import type { ExecutionContext } from 'ava';
import { carryOut } from '../../lib/cli/program.js';
import { type Folder, makeFolder } from '../fixtures/folder.js';
import { type Ran, run, type RunOptions } from '../fixtures/program.js';
import { PROGRAM } from '../fixtures/tidegate.js';

/** Runs a `tidegate` command to its end, as a process of its own. */
export function tidegate(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return run(process.execPath, [PROGRAM, ...args], options);
}

/**
 * Carries out a command in this process, which takes a hundredth of the time, and catches what it says. For serial tests
 * of commands that read no standard input; the exit code is what the program would end with.
 */
export async function carriedOut(args: readonly string[]): Promise<Ran> {
  const caught = { stdout: '', stderr: '' };
  const restore = [catchInto(process.stdout, (text) => (caught.stdout += text))];
  restore.push(catchInto(process.stderr, (text) => (caught.stderr += text)));
  try {
    const code = await carryOut(args);
    return { code, ...caught };
  } finally {
    for (const each of restore) each();
  }
}

function catchInto(stream: NodeJS.WriteStream, take: (text: string) => void): () => void {
  const write = stream.write.bind(stream);
  stream.write = (text: string | Uint8Array, ...more: readonly unknown[]): boolean => {
    take(String(text));
    const done = more.at(-1);
    if (typeof done === 'function') process.nextTick(() => Reflect.apply(done, undefined, []) as unknown);
    return true;
  };
  return () => {
    stream.write = write;
  };
}

/** A folder of these files that goes away with the test. */
export async function folderOf(t: ExecutionContext, files: Readonly<Record<string, string>> = {}): Promise<Folder> {
  const folder = await makeFolder(files);
  t.teardown(folder.remove);
  return folder;
}

/** An account that owns nothing here. */
const NOBODY = 65_534;

/** Does `work` without the right to look into a folder: root as another account, others by its mode. For serial tests. */
export async function asAnotherAccount<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const isRoot = process.getuid?.() === 0;
  await chmod(folder, 0);
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
    await chmod(folder, 0o700);
  }
}
