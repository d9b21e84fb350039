import { join } from 'node:path';
import { readAtMost } from '../../system/index.js';
import { isObject } from '../../system/values/index.js';
import type { Disk } from './disk.js';
import { copyInto, removeDurably } from './files.js';

/** Why nothing is removed for its age now, and for how long. A file in the journal's directory carries it over restarts. */
export interface RemovalHold {
  /** `jumped`: while the journal was open. `far_at_start`: it was far from the newest line. `unreadable`: the file does not say. */
  readonly why: 'jumped' | 'far_at_start' | 'unreadable';
  /** UTC, by the clock after its jump. Identifies this hold. */
  readonly since: string;
  /** How far the clock jumped; 0 if that is not known. */
  readonly byMs: number;
  /** How long the journal must still be open, by a clock that does not jump. */
  readonly remainingMs: number;
}

/** How long a hold lasts unless it is released. */
export const HOLD_MS = 86_400_000;

/** An order to release a hold, left in the journal's directory for the process that holds the lock. */
export interface ReleaseRequest {
  /** Which hold it is about. */
  readonly since: string;
  readonly by: string;
  /** Empty where none was given. */
  readonly reason: string;
}

const HOLD = 'removal-hold';
const REQUEST = 'removal-release';
const MOST_BYTES = 4096;

/** Reads the hold of a directory. A file that cannot be understood is a whole hold: the safe reading. Never rejects. */
export async function readHold(directory: string): Promise<RemovalHold | 'none'> {
  const read = await readObject(directory, HOLD);
  if (read === 'absent') return 'none';
  const { why, since, by_ms: byMs, remaining_ms: remainingMs } = read;
  const isWhy = why === 'jumped' || why === 'far_at_start' || why === 'unreadable';
  if (isWhy && typeof since === 'string' && typeof byMs === 'number' && typeof remainingMs === 'number') {
    return { why, since, byMs, remainingMs };
  }
  return { why: 'unreadable', since: 'unknown', byMs: 0, remainingMs: HOLD_MS };
}

/** Writes the hold of a directory, whole and synced, or removes it. Throws the system's errors. */
export async function writeHold(disk: Disk, directory: string, hold: RemovalHold | 'none'): Promise<void> {
  const path = join(directory, HOLD);
  if (hold === 'none') return removeDurably(disk, directory, path);
  const { why, since, byMs, remainingMs } = hold;
  await writeObject(disk, directory, HOLD, { why, since, by_ms: byMs, remaining_ms: remainingMs });
}

/** Reads the order in a directory. `'malformed'`: it cannot be carried out. Never rejects. */
export async function readRequest(directory: string): Promise<ReleaseRequest | 'none' | 'malformed'> {
  const read = await readObject(directory, REQUEST);
  if (read === 'absent') return 'none';
  const { since, by, reason } = read;
  const isOrder = typeof since === 'string' && typeof by === 'string' && typeof reason === 'string';
  return isOrder ? { since, by, reason } : 'malformed';
}

/** Leaves an order. Only who may enter the directory can read it, so the file itself is for every account. */
export async function writeRequest(disk: Disk, directory: string, request: ReleaseRequest): Promise<void> {
  await writeObject(disk, directory, REQUEST, request, 0o644);
}

/** Removes the order, which has been carried out or is taken back. */
export async function removeRequest(disk: Disk, directory: string): Promise<void> {
  await removeDurably(disk, directory, join(directory, REQUEST));
}

/** The object in a file; an empty one if it holds none, or cannot be read. */
async function readObject(directory: string, name: string): Promise<Readonly<Record<string, unknown>> | 'absent'> {
  const read = await readAtMost(join(directory, name), MOST_BYTES);
  if (read.kind === 'absent') return 'absent';
  if (read.kind !== 'bytes') return {};
  try {
    const value: unknown = JSON.parse(read.bytes.toString());
    return isObject(value) ? value : {};
  } catch {
    return {}; // JSON.parse's only way to say so.
  }
}

async function writeObject(disk: Disk, directory: string, name: string, value: object, mode?: number): Promise<void> {
  await copyInto(disk, directory, join(directory, name), [Buffer.from(`${JSON.stringify(value)}\n`)], mode);
}
