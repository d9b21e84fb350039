import type { LookupFunction } from 'node:net';
import { type AuditRecord, encode } from '../../audit/index.js';
import type { Config } from '../../config/index.js';
import type { Journal } from '../../journal/index.js';
import type { Log } from '../log/index.js';

/** What the parts of an instance share. */
export interface AppContext {
  readonly config: Config;
  readonly log: Log;
  readonly recording: Recording;
  /** The folder of the configuration file, where packages are looked for first. */
  readonly folder: string;
  /** How many files the process may have open, where that is known. */
  readonly openFiles: number | 'unknown';
  /** The environment variables, in which secrets may be kept. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How hosts that the configuration names are looked up. */
  readonly lookup: LookupFunction;
}

/** Records of the instance itself: start, stop, policies and users. */
export interface Recording {
  /**
   * Writes a record; true once it is durable. A failure is logged. Without a journal nothing is written: the records of
   * the start name what is in force then.
   */
  readonly record: (record: AuditRecord) => Promise<boolean>;
  readonly into: (journal: Journal) => void;
}

/** Makes a recording that has no journal yet. */
export function createRecording(log: Log): Recording {
  let journal: Journal | 'none' = 'none';
  return {
    record: async (record) => {
      if (journal === 'none') return false;
      // They are few and explain all other records: worth the reserve of a full disk.
      const written = await journal.append({ ...encode(record), reserve: 'all' });
      if (written.kind === 'receipt') return true;
      log.error('record not written', { record: record.kind, reason: written.reason, detail: written.detail });
      return false;
    },
    into: (opened) => {
      journal = opened;
    },
  };
}

/** Why an instance did not start. A face gives each its exit code. */
export type StartReason =
  | 'log_transport_unusable'
  | 'users_unusable'
  | 'policies_unreadable'
  | 'policies_invalid'
  | 'journal_locked'
  | 'journal_unwritable'
  | 'journal_wrong_key'
  | 'journal_newer'
  | 'journal_damaged'
  | 'anchor_unusable'
  | 'sink_unusable'
  | 'cannot_listen'
  | 'start_unrecorded';

/**
 * A start that failed: the reason, what happened, and what to do about it. Thrown while parts are opened, so that the start
 * reads straight down; `runInstance` catches it.
 */
export class StartError extends Error {
  readonly kind = 'not_started';
  readonly reason: StartReason;
  readonly details: readonly string[];

  constructor(reason: StartReason, message: string, details: readonly string[] = []) {
    super(message);
    this.reason = reason;
    this.details = details;
  }
}
