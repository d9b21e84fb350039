import { close, constants, fdatasync, fsync, ftruncate, open, rename, unlink, write } from 'node:fs';
import { promisify } from 'node:util';
import { errorCode, errorMessage } from '../../system/index.js';

/** Every change to the disk that the journal makes, so that a test can make any one of them fail. */
export interface Disk {
  readonly open: (path: string, flags: number, mode?: number) => Promise<number>;
  /** Writes the bytes from an index on, at a position or (`'end'`) where the file ends; gives how many were taken. */
  readonly write: (fd: number, bytes: Uint8Array, from: number, position: number | 'end') => Promise<number>;
  readonly syncData: (fd: number) => Promise<void>;
  readonly truncate: (fd: number, size: number) => Promise<void>;
  readonly close: (fd: number) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
  /** Makes names made or removed in a directory durable. */
  readonly syncDirectory: (path: string) => Promise<void>;
}

/** New segments: exclusive to this process, only appended to. */
export const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND;
/** An existing segment. */
export const APPEND = constants.O_WRONLY | constants.O_APPEND;
/** A file that is changed in place. */
export const CHANGE = constants.O_WRONLY;
/** A directory, to sync it or to reach its files. */
export const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY;

const PRIVATE = 0o600;

const openFile = promisify(open);
const syncFile = promisify(fsync);

/** The disk itself: Node's callbacks on raw descriptors, with nothing between. */
export const realDisk: Disk = {
  open: (path, flags, mode = PRIVATE) => openFile(path, flags, mode),
  write: (fd, bytes, from, position) =>
    new Promise((resolve, reject) => {
      const at = position === 'end' ? null : position;
      write(fd, bytes, from, bytes.length - from, at, (error, taken) =>
        error === null ? resolve(taken) : reject(error),
      );
    }),
  syncData: promisify(fdatasync),
  truncate: promisify(ftruncate),
  close: promisify(close),
  remove: promisify(unlink),
  rename: promisify(rename),
  syncDirectory: async (path) => {
    const fd = await realDisk.open(path, DIRECTORY);
    try {
      await syncFile(fd);
    } finally {
      await realDisk.close(fd);
    }
  },
};

/** The errors that mean "no room", which may pass; every other one is a broken disk. */
const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** The outcome of a write. After `full`, some bytes may be in the file; after `failed`, it is unknown. */
export type Written =
  { readonly kind: 'written' } | { readonly kind: 'full' | 'failed'; readonly code: string; readonly detail: string };

/** Whether work that is repeated in the background succeeds. `failing`: why its last try did not. */
export type WorkState = { readonly kind: 'working' } | { readonly kind: 'failing'; readonly detail: string };

/** The state of work whose last try succeeded, or that has not been tried. */
export const WORKING: WorkState = { kind: 'working' };

/** Writes all bytes at a position, or where the file ends, and syncs them. */
export async function writeDurably(
  disk: Disk,
  fd: number,
  bytes: Uint8Array,
  position: number | 'end',
): Promise<Written> {
  const written = await writeAll(disk, fd, bytes, position);
  return written.kind === 'written' ? syncDurably(disk, fd) : written;
}

/** Writes all bytes at a position, or where the file ends. A disk that is almost full takes fewer, without an error. */
export async function writeAll(disk: Disk, fd: number, bytes: Uint8Array, position: number | 'end'): Promise<Written> {
  try {
    for (let from = 0; from < bytes.length;) {
      const taken = await disk.write(fd, bytes, from, position === 'end' ? 'end' : position + from);
      if (taken === 0) return { kind: 'full', code: 'ENOSPC', detail: 'the disk takes no more bytes' };
      from += taken;
    }
  } catch (error) {
    return failure(error, NO_ROOM.has(errorCode(error)) ? 'full' : 'failed');
  }
  return { kind: 'written' };
}

/** Cuts a file back and makes that durable. After anything but `written` the descriptor must not be used again. */
export async function cutBack(disk: Disk, fd: number, size: number): Promise<Written> {
  try {
    await disk.truncate(fd, size);
  } catch (error) {
    return failure(error, 'failed');
  }
  return syncDurably(disk, fd);
}

/** Makes what was written durable. After anything but `written` the descriptor must not be used again. */
export async function syncDurably(disk: Disk, fd: number): Promise<Written> {
  try {
    await disk.syncData(fd);
    return { kind: 'written' };
  } catch (error) {
    // INVARIANT: even ENOSPC is final here. After a failed sync the kernel may call lost pages clean (as PostgreSQL found).
    return failure(error, 'failed');
  }
}

function failure(error: unknown, kind: 'full' | 'failed'): Written {
  return { kind, code: errorCode(error), detail: errorMessage(error) };
}
