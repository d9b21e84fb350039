import { unlessAbsent } from '../../system/index.js';
import { CREATE, writeDurably, type Disk, type Written } from './disk.js';

/** Opens a file, changes it and closes it. An outcome that is not `written` is thrown, with the system's code. */
export async function change(
  disk: Disk,
  path: string,
  flags: number,
  work: (fd: number) => Promise<Written>,
  mode?: number,
): Promise<void> {
  const fd = await disk.open(path, flags, mode);
  try {
    const written = await work(fd);
    if (written.kind !== 'written') throw Object.assign(new Error(written.detail), { code: written.code });
  } finally {
    await disk.close(fd);
  }
}

/** Bytes to be written one after the other. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Creates a file of some bytes, synced after each chunk so that no sync is a long one for others. */
export async function createFile(disk: Disk, path: string, chunks: Chunks, mode?: number): Promise<void> {
  const writeAll = async (fd: number): Promise<Written> => {
    for await (const chunk of chunks) {
      const written = await writeDurably(disk, fd, chunk, 'end');
      if (written.kind !== 'written') return written;
    }
    return { kind: 'written' };
  };
  await change(disk, path, CREATE, writeAll, mode);
}

/**
 * Makes a file of some bytes, whole or not at all: written beside, renamed, and durable by name. A leftover of an earlier
 * try is replaced. Throws the system's errors.
 */
export async function copyInto(
  disk: Disk,
  directory: string,
  path: string,
  chunks: Chunks,
  mode?: number,
): Promise<void> {
  const beside = `${path}.tmp`;
  await unlessAbsent(disk.remove(beside));
  try {
    await createFile(disk, beside, chunks, mode);
    await disk.rename(beside, path);
  } catch (error) {
    // Best effort: the next try, or the next start, removes it.
    await disk.remove(beside).catch(() => undefined);
    throw error;
  }
  await disk.syncDirectory(directory);
}

/** Removes those of some files that exist, in this order, each durably before the next. */
export async function removeDurably(disk: Disk, directory: string, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    if ((await unlessAbsent(disk.remove(path))) !== 'absent') await disk.syncDirectory(directory);
  }
}
