import type { RemovalHold, WorkState } from '../disk/index.js';

/** A JSON value that a journal line can hold. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * A kind and named values, as a caller passes them. The journal adds `v`, `seq`, `t`, `mono`, `boot`, `batch` and `prev`.
 *
 * A kind is `[a-z][a-z0-9_]*`, 64 characters at most, and none of the journal's own (`lines/line.ts`). Content that would
 * make the line longer than 8 KiB is shortened, and marked as such in the line (`docs/journal-format.md`).
 */
export interface Entry {
  readonly kind: string;
  readonly content: { readonly [key: string]: Json };
  /** How much of the reserve may be used for it on a full disk; nothing unless said. */
  readonly reserve?: ReserveShare;
}

/**
 * A part in the reserve of a full disk. `all`: what must not be missing, such as ends. `part`: what others can cause at any
 * rate, such as refusals; together these get a bounded part, so that the rest is left for the others. `nothing`: refused.
 */
export type ReserveShare = 'all' | 'part' | 'nothing';

const onDisk: unique symbol = Symbol('on disk');

/** Proof that an entry is on disk: written whole and fdatasync'ed. Only the journal makes one. */
export interface Receipt {
  readonly [onDisk]: true;
  readonly kind: 'receipt';
  readonly seq: number;
  /** The entry's UTC time, as in its line. */
  readonly time: string;
}

/** Makes a receipt. INVARIANT: called by the writer only, after the sync that covers the line has succeeded. */
export function mintReceipt(seq: number, time: string): Receipt {
  return { [onDisk]: true, kind: 'receipt', seq, time };
}

/**
 * Why an entry has no receipt.
 *
 * `full`: no room on the disk, or too much is waiting for it; may pass. `failed`: the disk failed, final for this process;
 * the next start may or may not find the line. `closed`: the journal was closed before. `unencodable`: a caller's bug, this
 * entry can never be a line.
 */
export interface NotWritten {
  readonly kind: 'not_written';
  readonly reason: 'full' | 'failed' | 'closed' | 'unencodable';
  readonly detail: string;
}

/** Makes the answer for an entry without a receipt. */
export function notWritten(reason: NotWritten['reason'], detail: string): NotWritten {
  return { kind: 'not_written', reason, detail };
}

/** The state of a journal. `seq` is the last line that is on disk: no later one may be sent anywhere. */
export type JournalState =
  | {
      readonly kind: 'writing';
      readonly seq: number;
      /** The segment of that line, and its size then. */
      readonly segment: string;
      readonly bytes: number;
      /** `failing`: no new segment could be begun, so that the old one exceeds its size. */
      readonly rotation: WorkState;
      /** `failing`: closed segments could not be compressed or removed, or there is no reserve. */
      readonly maintenance: WorkState;
      /** Why no segment is removed for its age now; `'none'` too where age removes none. */
      readonly removalHold: RemovalHold | 'none';
    }
  | { readonly kind: 'full' | 'failed'; readonly seq: number; readonly detail: string }
  | { readonly kind: 'closed'; readonly seq: number };
