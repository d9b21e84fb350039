import { errorCode } from '../../system/index.js';
import { CREATE, writeDurably, type Disk, type Written } from './disk.js';

/** Opens a file, lets something be done with it and closes it. What is not `written` is thrown, with the system's code. */
export async function change(
  disk: Disk,
  path: string,
  flags: number,
  work: (fd: number) => Promise<Written>,
): Promise<void> {
  const fd = await disk.open(path, flags);
  try {
    const written = await work(fd);
    if (written.kind !== 'written') throw Object.assign(new Error(written.detail), { code: written.code });
  } finally {
    await disk.close(fd);
  }
}

/** Bytes to be written one after the other. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Makes a file of some bytes, whole or not at all: written beside, synced after each chunk so that no sync is a long one for
 * others, renamed, and durable by name. A leftover of an earlier try is replaced. Throws the system's errors.
 */
export async function copyInto(
  disk: Disk,
  directory: string,
  path: string,
  chunks: Chunks,
  mode = 0o600,
): Promise<void> {
  const beside = `${path}.tmp`;
  await ignoringAbsence(disk.remove(beside));
  try {
    const fd = await disk.open(beside, CREATE, mode);
    try {
      for await (const chunk of chunks) {
        const written = await writeDurably(disk, fd, chunk, 'end');
        if (written.kind !== 'written') throw Object.assign(new Error(written.detail), { code: written.code });
      }
    } finally {
      await disk.close(fd);
    }
    await disk.rename(beside, path);
  } catch (error) {
    // Best effort: the next try, or the next start, removes it.
    await disk.remove(beside).catch(() => undefined);
    throw error;
  }
  await disk.syncDirectory(directory);
}

/** Waits for a change to a name that may not be there. */
export async function ignoringAbsence(changing: Promise<void>): Promise<void> {
  try {
    await changing;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** Removes a file, if it is there, and makes that durable before anything else is done. */
export async function removeDurably(disk: Disk, directory: string, path: string): Promise<void> {
  await ignoringAbsence(disk.remove(path));
  await disk.syncDirectory(directory);
}
