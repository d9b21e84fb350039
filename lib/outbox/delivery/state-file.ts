import { errorMessage, readAtMost, replaceDurably } from '../../system/index.js';
import { isObject } from '../../system/values/index.js';

/** What a file of saved state holds. `unreadable`: there is a file, and not one of this kind. */
export type StateReading<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly detail: string };

/** Whether state was saved. */
export type StateWriting = { readonly kind: 'written' } | { readonly kind: 'failed'; readonly detail: string };

type StateFields = Readonly<Record<string, unknown>>;

const MAX_BYTES = 64 * 1024;
const VERSION = 1;

/** Reads saved state: one line of JSON, of which `parse` makes a value. Never throws. */
export async function readState<T>(
  path: string,
  parse: (fields: StateFields) => T | 'malformed',
): Promise<StateReading<T>> {
  const read = await readAtMost(path, MAX_BYTES);
  if (read.kind === 'absent') return read;
  if (read.kind === 'failed') return { kind: 'unreadable', detail: `${path}: ${read.reason}` };
  const fields = read.kind === 'bytes' ? fieldsIn(read.bytes.toString()) : 'malformed';
  if (fields === 'malformed' || typeof fields['v'] !== 'number' || fields['v'] < VERSION) return malformed(path);
  if (fields['v'] > VERSION) {
    const detail = `${path} is of version ${fields['v']}, written by a newer tidegate; this one reads version ${VERSION}`;
    return { kind: 'unreadable', detail };
  }
  const value = parse(fields);
  if (value === 'malformed') return malformed(path);
  return { kind: 'value', value };
}

function fieldsIn(text: string): StateFields | 'malformed' {
  if (!text.endsWith('\n')) return 'malformed';
  try {
    const fields: unknown = JSON.parse(text);
    return isObject(fields) ? fields : 'malformed';
  } catch {
    return 'malformed';
  }
}

function malformed(path: string): { readonly kind: 'unreadable'; readonly detail: string } {
  return { kind: 'unreadable', detail: `${path} is malformed` };
}

/** Saves state durably: a stale file after a power cut would repeat what was sent, or hide a journal that was rolled back. Never throws. */
export async function writeState(path: string, fields: object): Promise<StateWriting> {
  try {
    await replaceDurably(path, `${JSON.stringify({ v: VERSION, ...fields })}\n`);
    return { kind: 'written' };
  } catch (error) {
    return { kind: 'failed', detail: errorMessage(error) };
  }
}
