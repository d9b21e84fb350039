import { constants, type Stats } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
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

/** A file, or the link that leads to it, that an account which is not trusted could have put there or changed. */
export interface Untrusted {
  readonly kind: 'untrusted';
  /** What is wrong with it: `its mode is 0666, …`. */
  readonly why: string;
}

const CHUNK = 64 * 1024;
const OTHERS_WRITE = 0o022;

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

/**
 * The same for a file that was found, not asked for: only root or this account may own it, and only its owner write it
 * (Windows has no such owners). Where the account may not search the folder, nothing was found there.
 */
export async function readTrusted(path: string, most: number): Promise<BoundedRead | Untrusted> {
  const found = await lstat(path).catch(errorCode);
  if (typeof found === 'string') {
    return found === 'ENOENT' || found === 'EACCES' ? { kind: 'absent' } : { kind: 'failed', reason: found };
  }
  // What it leads to may be trusted, but the account that made the link chose it.
  const link = ownerProblem(found);
  if (link !== 'trusted') return { kind: 'untrusted', why: link };
  // A named pipe would hold the reader until something is written to it.
  return opened<BoundedRead | Untrusted>(
    path,
    async (file, stats) => {
      if (!stats.isFile()) return { kind: 'failed', reason: 'not a regular file' };
      const why = ownerProblem(stats) === 'trusted' ? modeProblem(stats) : ownerProblem(stats);
      return why === 'trusted' ? readHandle(file, stats, most) : { kind: 'untrusted', why };
    },
    constants.O_RDONLY | constants.O_NONBLOCK,
  );
}

function ownerProblem({ uid }: Stats): string | 'trusted' {
  const own = process.getuid?.() ?? uid;
  return uid === own || uid === 0 ? 'trusted' : `it belongs to uid ${uid}, neither to root nor to this account`;
}

function modeProblem({ mode }: Stats): string | 'trusted' {
  if (process.platform === 'win32' || (mode & OTHERS_WRITE) === 0) return 'trusted';
  return `its mode is 0${(mode & 0o777).toString(8)}, so that other accounts may write it`;
}

async function opened<T>(
  path: string,
  read: (file: FileHandle, stats: Stats) => Promise<T>,
  flags: string | number = 'r',
): Promise<T | Extract<BoundedRead, { kind: 'absent' | 'failed' }>> {
  try {
    const file = await open(path, flags);
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
