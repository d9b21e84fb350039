import { close, constants, fdatasync, fsync, ftruncate, open, rename, unlink, write } from 'node:fs';
import { errorCode, errorMessage } from '../../system/index.js';

/** Every change to the disk that the journal makes, so that a test can let any one of them fail. */
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
/** A segment that is there. */
export const APPEND = constants.O_WRONLY | constants.O_APPEND;
/** A file that is changed in place. */
export const CHANGE = constants.O_WRONLY;

const PRIVATE = 0o600;

type Done = (error: Error | null) => void;

function settled(start: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error === null ? resolve() : reject(error)));
  });
}

function opened(path: string, flags: number, mode = PRIVATE): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, flags, mode, (error, fd) => (error === null ? resolve(fd) : reject(error)));
  });
}

async function syncDirectory(path: string): Promise<void> {
  const fd = await opened(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await settled((done) => fsync(fd, done));
  } finally {
    await settled((done) => close(fd, done));
  }
}

/** The disk itself: Node's callbacks on raw descriptors, with nothing between. */
export const realDisk: Disk = {
  open: opened,
  write: (fd, bytes, from, position) =>
    new Promise((resolve, reject) => {
      const place = position === 'end' ? null : position;
      write(fd, bytes, from, bytes.length - from, place, (error, taken) =>
        error === null ? resolve(taken) : reject(error),
      );
    }),
  syncData: (fd) => settled((done) => fdatasync(fd, done)),
  truncate: (fd, size) => settled((done) => ftruncate(fd, size, done)),
  close: (fd) => settled((done) => close(fd, done)),
  remove: (path) => settled((done) => unlink(path, done)),
  rename: (from, to) => settled((done) => rename(from, to, done)),
  syncDirectory,
};

/** The errors that mean "no room", which may pass; every other one is a broken disk. */
const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** How writing a batch went. After `full`, some bytes may be in the file; after `failed`, it is unknown. */
export type Written =
  { readonly kind: 'written' } | { readonly kind: 'full' | 'failed'; readonly code: string; readonly detail: string };

/**
 * Writes all bytes at a position, or where the file ends, and syncs them. A disk that is almost full takes less than it is
 * given, and says nothing.
 */
export async function writeDurably(
  disk: Disk,
  fd: number,
  bytes: Uint8Array,
  position: number | 'end',
): Promise<Written> {
  try {
    for (let from = 0; from < bytes.length;) {
      const taken = await disk.write(fd, bytes, from, position === 'end' ? 'end' : position + from);
      if (taken === 0) return { kind: 'full', code: 'ENOSPC', detail: 'the disk takes no more bytes' };
      from += taken;
    }
  } catch (error) {
    const written = failure(error);
    return NO_ROOM.has(written.code) ? { ...written, kind: 'full' } : written;
  }
  return syncDurably(disk, fd);
}

/** Cuts a file back and makes that durable. Anything but `written` means that the descriptor is not to be used again. */
export async function cutBack(disk: Disk, fd: number, size: number): Promise<Written> {
  try {
    await disk.truncate(fd, size);
  } catch (error) {
    return failure(error);
  }
  return syncDurably(disk, fd);
}

async function syncDurably(disk: Disk, fd: number): Promise<Written> {
  try {
    await disk.syncData(fd);
    return { kind: 'written' };
  } catch (error) {
    // INVARIANT: even ENOSPC is final here. After a failed sync the kernel may call lost pages clean (as PostgreSQL found).
    return failure(error);
  }
}

function failure(error: unknown): { readonly kind: 'failed'; readonly code: string; readonly detail: string } {
  return { kind: 'failed', code: errorCode(error), detail: errorMessage(error) };
}
