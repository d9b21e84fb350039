import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

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
    const code = error instanceof Error && 'code' in error ? error.code : 'none';
    if (code === 'ENOENT') return { kind: 'remembered', remembered: NOTHING };
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

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Remembers: the file holds the old or the new, whatever happens. Throws the system's errors. */
export async function remember(path: string, place: string, { accepted, refused }: Remembered): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    const value = { v: 1, place, accepted: nullIfNone(accepted), refused: nullIfNone(refused) };
    await file.writeFile(`${JSON.stringify(value)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}

function nullIfNone(value: Accepted | 'none'): Accepted | null {
  return value === 'none' ? null : value;
}
