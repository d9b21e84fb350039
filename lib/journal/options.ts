import type { Disk } from './disk/index.js';
import type { Damage } from './lines/index.js';
import type { Clock, Entry, JournalState, NotWritten, Receipt } from './writer/index.js';

/** An open journal. `append` never throws; every answer that is not a receipt means: let nothing out. */
export interface Journal {
  readonly kind: 'journal';
  /** Settles when the entry is on disk, or says why it is not. Receipts come in the order of the calls. */
  readonly append: (entry: Entry) => Promise<Receipt | NotWritten>;
  readonly state: () => JournalState;
  /** Reports, once, that the journal has failed for good: the process must stop admitting and exit. */
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
