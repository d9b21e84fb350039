import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './errors.js';

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
/** The codes of file systems without hard links. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'ENOSYS']);

/** A file that is written under a temporary name, and has its own name only when it is whole and on disk. */
export interface DurableWrite {
  /** The temporary file: written, and given an owner or a mode, by the caller. */
  readonly file: FileHandle;
  /**
   * Syncs the file, gives it its name and syncs the folder. `replace` takes the place of an existing file; `create` fails
   * with `EEXIST` where there is one. Rejects with the error of whichever step failed, the sync of the folder included.
   */
  readonly commit: (how: 'replace' | 'create') => Promise<void>;
  /** Closes and removes the temporary file. Never rejects; does nothing after a commit. */
  readonly discard: () => Promise<void>;
}

/** Opens a new temporary file beside `path`. Rejects with the system's error, `EEXIST` if the temporary name is taken. */
export async function beginDurableWrite(
  path: string,
  temporary = `${path}.${randomBytes(6).toString('hex')}.new`,
): Promise<DurableWrite> {
  const file = await open(temporary, 'wx', PRIVATE_FILE);
  let state: 'open' | 'over' = 'open';
  return {
    file,
    commit: async (how) => {
      await file.sync();
      await file.close();
      if (how === 'replace') await rename(temporary, path);
      else await nameOnce(temporary, path);
      state = 'over';
      await syncFolder(dirname(path));
    },
    discard: async () => {
      if (state === 'over') return;
      state = 'over';
      await file.close().catch(() => undefined);
      await rm(temporary, { force: true }).catch(() => undefined);
    },
  };
}

/**
 * Replaces a file, or creates it and its folder. Whenever the machine stops, the file holds the old content or the new, and
 * after this returns, the new. One caller at a time for a path. Rejects with the system's error.
 */
export async function replaceDurably(path: string, content: string | Uint8Array, mode = PRIVATE_FILE): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  const write = await beginDurableWrite(path, temporary);
  try {
    await write.file.writeFile(content);
    if (mode !== PRIVATE_FILE) await write.file.chmod(mode);
    await write.commit('replace');
  } finally {
    await write.discard();
  }
}

/** Makes the names that were created, changed or removed in a folder durable. Rejects with the system's error. */
export async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders, and keeps their names by itself.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Unlike a rename, a link never takes the place of a file. */
async function nameOnce(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
    await rm(temporary);
  } catch (error) {
    if (!NO_LINKS.has(errorCode(error))) throw error;
    // Reserves the name first, so that two writers cannot both have it.
    await (await open(path, 'wx', PRIVATE_FILE)).close();
    await rename(temporary, path);
  }
}
