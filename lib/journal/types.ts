import type { Disk } from './disk/index.js';
import { RECOVER_KIND, SEGMENT_KIND, type Damage } from './lines/index.js';
import { CHECKPOINT_KIND } from './proof/index.js';
import { RETENTION_KIND } from './retention/index.js';

/** A JSON value that can stand in a journal line. */
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * What a caller hands in: a kind and named values. The journal adds `v`, `seq`, `t`, `mono`, `boot`, `batch` and `prev`.
 *
 * A kind is `[a-z][a-z0-9_]*`, 64 characters at most, and none of the journal's own (`segment`, `recover`, `checkpoint`,
 * `retention`, `gap`). Content that would make the line longer than 8 KiB is shortened, and the line says so
 * (`docs/journal-format.md`).
 */
export interface Entry {
  readonly kind: string;
  readonly content: { readonly [key: string]: Json };
  /** What must be said even when the disk is full: the reserve is given up for it. */
  readonly urgent?: boolean;
}

/** The kind of a line that tells of damage that was accepted. */
export const GAP_KIND = 'gap';

const OWN_KINDS: ReadonlySet<string> = new Set([SEGMENT_KIND, RECOVER_KIND, CHECKPOINT_KIND, RETENTION_KIND, GAP_KIND]);

/** Tells whether a kind is the journal's own. */
export function isOwnKind(kind: string): boolean {
  return OWN_KINDS.has(kind);
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

/** Says that there is no room. */
export function full(detail: string): NotWritten {
  return { kind: 'not_written', reason: 'full', detail };
}

/** Says that an entry can never be a line. */
export function unencodable(detail: string): NotWritten {
  return { kind: 'not_written', reason: 'unencodable', detail };
}

/** How the journal fares. `seq` is the last line that is on disk: nothing after it may be handed on. */
export type JournalState =
  | {
      readonly kind: 'writing';
      readonly seq: number;
      /** The segment that line is in, and its size then. */
      readonly segment: string;
      readonly bytes: number;
      /** Why a new segment that is due could not be begun, so that the old one goes on growing; or `'none'`. */
      readonly rotationProblem: string;
      /** Why closed segments could not be compressed or removed, or why the reserve is not there; or `'none'`. */
      readonly maintenanceProblem: string;
    }
  | { readonly kind: 'full'; readonly seq: number; readonly detail: string }
  | { readonly kind: 'failed'; readonly seq: number; readonly detail: string }
  | { readonly kind: 'closed'; readonly seq: number };

/** What the writer tells of, and what it asks. */
export interface WriterEvents {
  /** The journal has failed for good. */
  readonly onFailed: (answer: NotWritten) => void;
  /** A checkpoint is on disk. */
  readonly onCheckpoint: (note: string, size: number) => void;
  /** A segment is complete on disk, and another one has been begun. */
  readonly onTurned: () => void;
  /** Why closed segments could not be looked after, or `'none'`. */
  readonly maintenanceProblem: () => string;
}

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
  | {
      readonly kind: 'wrong_key';
      readonly directory: string;
      readonly keyFile: string;
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

/** Where a journal is, and the key that its checkpoints are signed with. */
export interface JournalLocation {
  /** One directory per instance, made (0700) if it is not there. */
  readonly directory: string;
  /** The private key's file; made if it is not there and the journal has no checkpoint yet. Default: beside the directory. */
  readonly keyFile?: string;
  readonly clock?: Clock;
  /** For tests of faults. */
  readonly disk?: Disk;
}

/** How to open a journal. Only the directory must be given. */
export interface JournalOptions extends JournalLocation, RetentionOptions {
  /** From this size on a new segment is begun; the last batch may go over it. Default 64 MiB: a start reads one segment. */
  readonly segmentBytes?: number;
  /** How much may wait for the disk before `append` answers `full`. Default 64 MiB. */
  readonly waitingBytes?: number;
  /** How long a full disk is left alone before it is tried again. Default 250 ms. */
  readonly retryMs?: number;
  /** How long `close` waits for the disk. Default 5,000 ms. */
  readonly closeMs?: number;
  /** A checkpoint is signed this often, however little there is to sign. Default 60,000 ms. */
  readonly checkpointMs?: number;
  /** And after so many lines. Default 1,000. */
  readonly checkpointLines?: number;
  /** Hears of each checkpoint (the signed note, and how many lines it speaks of) once it is on disk. It must not throw. */
  readonly onCheckpoint?: (note: string, size: number) => void;
  /** Room to be kept for urgent entries on a full disk. Default 0: none. */
  readonly reserveBytes?: number;
}

/** What is done with closed segments. By default nothing is. */
export interface RetentionOptions {
  /** Whether they are compressed. */
  readonly compress?: boolean;
  /** How long lines are kept, and how much disk they may take in all, before the oldest segments are removed. */
  readonly keepMs?: number | 'always';
  readonly keepBytes?: number | 'unlimited';
  /** How many lines the newest checkpoint that an anchor has accepted speaks of: only these may be removed. */
  readonly anchoredSize?: () => number | 'no_anchors';
  /** How often age and size are looked at, beside when a segment is begun. Default 1 hour. */
  readonly maintenanceMs?: number;
}
