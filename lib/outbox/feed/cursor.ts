import { readState, type StateReading, type StateWriting, writeState } from '../delivery/index.js';

/** A position in the journal: the number of a line and the hash of its bytes. */
export interface SinkPosition {
  readonly seq: number;
  readonly hash: string;
}

const HASH = /^[A-Za-z0-9_-]{43}$/;

/** Reads a cursor. Never throws. */
export function readCursor(path: string): Promise<StateReading<SinkPosition>> {
  return readState(path, ({ seq, hash }) =>
    typeof seq === 'number' && Number.isSafeInteger(seq) && seq >= 0 && typeof hash === 'string' && HASH.test(hash)
      ? { seq, hash }
      : 'malformed',
  );
}

/** Replaces a cursor durably. Never throws. */
export function writeCursor(path: string, { seq, hash }: SinkPosition): Promise<StateWriting> {
  return writeState(path, { seq, hash });
}
