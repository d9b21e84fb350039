import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A place in the journal: the number of a line and the hash of its bytes. */
export interface SinkPosition {
  readonly seq: number;
  readonly hash: string;
}

/** What a cursor's file holds. `unreadable`: something is there, and it is no cursor. */
export type CursorReading =
  | { readonly kind: 'position'; readonly position: SinkPosition }
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly detail: string };

const FORM = /^\{"v":1,"seq":(\d{1,16}),"hash":"([A-Za-z0-9_-]{43})"\}\n$/;

/** Reads a cursor. Never throws. */
export async function readCursor(path: string): Promise<CursorReading> {
  try {
    const [, seq, hash] = FORM.exec(await readFile(path, 'latin1')) ?? [];
    if (seq === undefined || hash === undefined) return { kind: 'unreadable', detail: `${path} holds no cursor` };
    return { kind: 'position', position: { seq: Number(seq), hash } };
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return missing ? { kind: 'none' } : { kind: 'unreadable', detail: String(error) };
  }
}

/**
 * Writes a cursor so that the file holds either the old one or the new one, whatever happens: written beside it, synced,
 * put in its place, and the folder synced. Throws the system's errors.
 */
export async function writeCursor(path: string, { seq, hash }: SinkPosition): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    await file.writeFile(`{"v":1,"seq":${seq},"hash":"${hash}"}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  await syncFolder(dirname(path));
}

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders, and keeps names by itself.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
