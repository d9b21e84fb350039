import { stat } from 'node:fs/promises';
import { errorMessage } from '../../system/index.js';
import type { Lock } from './lock.js';

/** The file that is written, and how much of it is known to be there. */
export interface WrittenFile {
  readonly path: string;
  /** What names the file itself: a file that takes its place has another one. */
  readonly inode: number;
  readonly bytes: number;
}

/** Gives what names the file at a path. Throws the system's errors. */
export async function inodeOf(path: string): Promise<number> {
  return (await stat(path)).ino;
}

/**
 * Checks that this process is still the only one that writes a file: it lies at its path, is as long as what was written, and the
 * lock is held. Gives what is wrong otherwise: then lines may stand in the file that this process does not know.
 */
export async function checkSoleWriter(file: WrittenFile, lock: Pick<Lock, 'isHeld'>): Promise<'sole' | string> {
  const [found, held] = await Promise.all([lookAt(file), lock.isHeld()]);
  if (found !== 'sole') return found;
  return held ? 'sole' : 'the lock of the journal was removed or taken over: another process may write to it';
}

async function lookAt({ path, inode, bytes }: WrittenFile): Promise<'sole' | string> {
  try {
    const { ino, size } = await stat(path);
    if (ino !== inode) return `${path} was replaced by another file`;
    if (size === bytes) return 'sole';
    return `${path} has ${size} bytes instead of ${bytes}: another process writes to it, or cut it`;
  } catch (error) {
    return `the file that is written is not there any more: ${errorMessage(error)}`;
  }
}
