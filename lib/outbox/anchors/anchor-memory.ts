import { readFile } from 'node:fs/promises';
import { errorCode, replaceDurably } from '../../system/index.js';
import { isObject } from '../../system/values/index.js';

/** What an anchor has. */
export interface Accepted {
  readonly size: number;
  readonly root: string;
  /** When it took it: UTC. */
  readonly at: string;
}

/** What is remembered of an anchor, over restarts. */
export interface Remembered {
  readonly accepted: Accepted | 'none';
  /** The checkpoint that was refused for being older than what the anchor has; stays until the file is removed. */
  readonly refused: Accepted | 'none';
}

/** Nothing is known of the anchor. */
export const NOTHING: Remembered = { accepted: 'none', refused: 'none' };

/** What the file holds, or that it cannot be read. */
export type MemoryReading =
  | { readonly kind: 'remembered'; readonly remembered: Remembered }
  | { readonly kind: 'unreadable'; readonly detail: string };

/** Reads what is remembered of an anchor at a place; of another place nothing is. Never throws. */
export async function recall(path: string, place: string): Promise<MemoryReading> {
  try {
    const read: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (!isObject(read) || read['v'] !== 1) return { kind: 'unreadable', detail: `${path} is of another form` };
    if (read['place'] !== place) return { kind: 'remembered', remembered: NOTHING };
    const [accepted, refused] = [acceptedIn(read['accepted']), acceptedIn(read['refused'])];
    if (accepted === 'malformed' || refused === 'malformed') {
      return { kind: 'unreadable', detail: `${path} is of another form` };
    }
    return { kind: 'remembered', remembered: { accepted, refused } };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { kind: 'remembered', remembered: NOTHING };
    return { kind: 'unreadable', detail: `${path} cannot be read: ${String(error)}` };
  }
}

function acceptedIn(value: unknown): Accepted | 'none' | 'malformed' {
  if (value === null) return 'none';
  if (!isObject(value)) return 'malformed';
  const { size, root, at } = value;
  if (!Number.isSafeInteger(size) || typeof root !== 'string' || typeof at !== 'string') return 'malformed';
  return { size: Number(size), root, at };
}

/** Replaces the file durably: a stale one after a power cut would hide a journal that was rolled back. Throws the system's errors. */
export async function remember(path: string, place: string, { accepted, refused }: Remembered): Promise<void> {
  const value = { v: 1, place, accepted: nullIfNone(accepted), refused: nullIfNone(refused) };
  await replaceDurably(path, `${JSON.stringify(value)}\n`);
}

function nullIfNone(value: Accepted | 'none'): Accepted | null {
  return value === 'none' ? null : value;
}
