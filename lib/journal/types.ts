import type { Disk } from './disk.js';
import type { Damage } from './lines/index.js';

/** A JSON value that can stand in a journal line. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * What a caller hands in: a kind and named values. The journal adds `v`, `seq`, `t`, `mono`, `boot`, `batch` and `prev`.
 *
 * A kind is `[a-z][a-z0-9_]*`, 64 characters at most, and none of the journal's own (`segment`, `recover`). Content that
 * would make the line longer than 8 KiB is shortened, and the line says so (`docs/journal-format.md`).
 */
export interface Entry {
  readonly kind: string;
  readonly content: { readonly [key: string]: Json };
}

const onDisk: unique symbol = Symbol('on disk');

/** Proof that an entry is on disk: written whole and fdatasync'ed. Only the journal makes one. */
export interface Receipt {
  readonly [onDisk]: true;
  readonly kind: 'receipt';
  readonly seq: number;
  /** The entry's UTC time, as it stands in its line. */
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
 * the line may or may not be found at the next start. `closed`: the journal was closed before. `unencodable`: a caller's
 * bug, this entry can never be a line.
 */
export interface NotWritten {
  readonly kind: 'not_written';
  readonly reason: 'full' | 'failed' | 'closed' | 'unencodable';
  readonly detail: string;
}

/** How the journal fares. */
export type JournalState =
  | {
      readonly kind: 'writing';
      /** The last line that is on disk, and the segment and its size then. */
      readonly seq: number;
      readonly segment: string;
      readonly bytes: number;
      /** Why a new segment that is due could not be begun, so that the old one goes on growing; or `'none'`. */
      readonly rotationProblem: string;
    }
  | { readonly kind: 'full'; readonly detail: string }
  | { readonly kind: 'failed'; readonly detail: string }
  | { readonly kind: 'closed' };

/** An open journal. `append` never throws; every answer that is not a receipt means: let nothing out. */
export interface Journal {
  readonly kind: 'journal';
  /** Settles when the entry is on disk, or says why it is not. Receipts come in the order of the calls. */
  readonly append: (entry: Entry) => Promise<Receipt | NotWritten>;
  readonly state: () => JournalState;
  /** Tells, once, that the journal has failed for good: the process must stop admitting and exit. */
  readonly failed: Promise<NotWritten>;
  /** Writes what is waiting, syncs, and frees the lock. Settles within `closeMs`, whatever the disk does. */
  readonly close: () => Promise<void>;
}

/** Why a journal was not opened. Nothing was written then, and the lock is free (or its holder's). */
export type JournalProblem =
  | {
      readonly kind: 'locked';
      readonly directory: string;
      /** The holder's process id in its own PID namespace, if it answered. */
      readonly pid: number | 'not_visible';
      readonly detail: string;
      readonly remedy: string;
    }
  | {
      readonly kind: 'unwritable';
      readonly directory: string;
      /** The system's error code, such as `EACCES`. */
      readonly code: string;
      readonly detail: string;
      readonly remedy: string;
    }
  | ({ readonly kind: 'damaged'; readonly directory: string; readonly remedy: string } & Damage);

/** Where time comes from. */
export interface Clock {
  /** UTC, in milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds that never jump, from any start. */
  readonly mono: () => number;
}

/** How to open a journal. Only the directory must be given. */
export interface JournalOptions {
  /** One directory per instance, made (0700) if it is not there. */
  readonly directory: string;
  /** From this size on a new segment is begun; the last batch may go over it. Default 64 MiB: a start reads one segment. */
  readonly segmentBytes?: number;
  /** How much may wait for the disk before `append` answers `full`. Default 64 MiB. */
  readonly waitingBytes?: number;
  /** How long a full disk is left alone before it is tried again. Default 250 ms. */
  readonly retryMs?: number;
  /** How long `close` waits for the disk. Default 5,000 ms. */
  readonly closeMs?: number;
  readonly clock?: Clock;
  /** For tests of faults. */
  readonly disk?: Disk;
}
