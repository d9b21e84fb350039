import type { Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { errorCode, errorReason } from './errors.js';

/** The result of reading a file of limited size. */
export type BoundedRead =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly stats: Stats }
  | { readonly kind: 'absent' }
  | { readonly kind: 'too_large' }
  /** With the system's code, or the message of an error without one. */
  | { readonly kind: 'failed'; readonly reason: string };

/** A file that should be private has permissions that it must not have. */
export interface Exposed {
  readonly kind: 'exposed';
  readonly stats: Stats;
}

const CHUNK = 64 * 1024;

/** Reads a whole file of at most `most` bytes. The memory it takes is bounded even where the file's size says nothing. Never rejects. */
export function readAtMost(path: string, most: number): Promise<BoundedRead> {
  return opened(path, (file, stats) => readHandle(file, stats, most));
}

/** The same for a file with a secret: none of the `forbidden` permission bits may be set. Windows has no such bits. */
export function readPrivately(path: string, most: number, forbidden: number): Promise<BoundedRead | Exposed> {
  return opened(path, async (file, stats) =>
    process.platform !== 'win32' && (stats.mode & forbidden) !== 0
      ? { kind: 'exposed', stats }
      : readHandle(file, stats, most),
  );
}

async function opened<T>(
  path: string,
  read: (file: FileHandle, stats: Stats) => Promise<T>,
): Promise<T | Extract<BoundedRead, { kind: 'absent' | 'failed' }>> {
  try {
    const file = await open(path, 'r');
    try {
      return await read(file, await file.stat());
    } finally {
      await file.close();
    }
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? { kind: 'absent' } : { kind: 'failed', reason: errorReason(error) };
  }
}

async function readHandle(file: FileHandle, stats: Stats, most: number): Promise<BoundedRead> {
  const parts: Buffer[] = [];
  let length = 0;
  for (;;) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(Math.min(CHUNK, most + 1 - length)));
    if (bytesRead === 0) return { kind: 'bytes', bytes: Buffer.concat(parts, length), stats };
    length += bytesRead;
    if (length > most) return { kind: 'too_large' };
    parts.push(buffer.subarray(0, bytesRead));
  }
}
