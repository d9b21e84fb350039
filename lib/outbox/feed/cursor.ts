import { readFile } from 'node:fs/promises';
import { errorCode, replaceDurably } from '../../system/index.js';

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
    return errorCode(error) === 'ENOENT' ? { kind: 'none' } : { kind: 'unreadable', detail: String(error) };
  }
}

/** Replaces a cursor durably. Throws the system's errors. */
export async function writeCursor(path: string, { seq, hash }: SinkPosition): Promise<void> {
  await replaceDurably(path, `{"v":1,"seq":${seq},"hash":"${hash}"}\n`);
}
