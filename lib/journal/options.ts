import { resolve } from 'node:path';
import { realDisk, type Disk } from './disk/index.js';
import type { Damage } from './lines/index.js';
import type { NewerFormat } from './format.js';
import type { ClockEvent, RetentionOptions } from './retention/index.js';
import {
  systemClock,
  type Clock,
  type Entry,
  type JournalState,
  type NotWritten,
  type Receipt,
  type WriterOptions,
} from './writer/index.js';

/** An open journal. `append` never throws; after every answer that is not a receipt, nothing may be let out. */
export interface Journal {
  readonly kind: 'journal';
  /** Resolves when the entry is on disk, or with the reason why it is not. Receipts come in the order of the calls. */
  readonly append: (entry: Entry) => Promise<Receipt | NotWritten>;
  readonly state: () => JournalState;
  /** Resolves once the journal has failed for good: the process must stop admitting and exit. */
  readonly failed: Promise<NotWritten>;
  /** Writes what is waiting, syncs, and frees the lock. Settles within `closeMs`, even if the disk does not answer. */
  readonly close: () => Promise<void>;
}

/** Why a journal was not opened. The lock is free (or its holder's). */
export type JournalProblem = {
  readonly directory: string;
  readonly detail: string;
  readonly remedy: string;
} & (
  | {
      readonly kind: 'locked';
      /** The holder's process id in its own PID namespace, if it answered. */
      readonly pid: number | 'not_visible';
    }
  /** `code` is the system's error code, such as `EACCES`. */
  | { readonly kind: 'unwritable'; readonly code: string }
  | { readonly kind: 'wrong_key'; readonly keyFile: string }
  | Pick<NewerFormat, 'kind' | 'version'>
  | ({ readonly kind: 'damaged' } & Damage)
);

/** The location of a journal, and the key that signs its checkpoints. */
export interface JournalLocation {
  /** One directory per instance, created (0700) if it does not exist. */
  readonly directory: string;
  /** The private key's file, created if it does not exist and the journal has no checkpoint yet. Default: beside the directory. */
  readonly keyFile?: string;
  readonly clock?: Clock;
  /** For tests of faults. */
  readonly disk?: Disk;
}

/** How to open a journal. Only the directory is required. */
export interface JournalOptions extends JournalLocation, Partial<WriterOptions>, Partial<RetentionOptions> {
  /** How long `close` waits for the disk. */
  readonly closeMs?: number;
  /** How often a checkpoint is signed, however few lines were added. */
  readonly checkpointMs?: number;
  /** Space kept on a full disk for entries that may use it. A quarter of it is shared, unless the other option says otherwise. */
  readonly reserveBytes?: number;
  /** How often the wall clock is held against the monotonic one, in addition to when ages are compared. */
  readonly clockLookMs?: number;
  /** Called when the clock has jumped, and when that no longer keeps segments from being removed. It must not throw. */
  readonly onClock?: (event: ClockEvent) => void;
}

/** A fourth of the reserve for refusals: thousands of them, and three fourths are left for ends. */
const SHARED_PART = 0.25;

const DEFAULTS = {
  segmentBytes: 64 * 1024 * 1024,
  waitingBytes: 64 * 1024 * 1024,
  retryMs: 250,
  closeMs: 5000,
  checkpointMs: 60_000,
  checkpointLines: 1000,
  onCheckpoint: (): void => undefined,
  reserveBytes: 0,
  clockLookMs: 1000,
  onClock: (): void => undefined,
  compress: false,
  keepMs: 'always',
  keepBytes: 'unlimited',
  anchoredSize: () => 'no_anchors',
  maintenanceMs: 3_600_000,
  clock: systemClock,
  disk: realDisk,
} as const satisfies Omit<JournalOptions, 'directory'>;

/** Adds the defaults to the options of a journal. */
export function complete(options: JournalOptions): Required<JournalOptions> {
  const directory = resolve(options.directory);
  const sharedReserveBytes = (options.reserveBytes ?? DEFAULTS.reserveBytes) * SHARED_PART;
  const keyFile = resolve(options.keyFile ?? `${directory}.key`);
  return { ...DEFAULTS, sharedReserveBytes, ...options, directory, keyFile };
}
