import { type AuditRecord, encode } from '../../audit/index.js';
import type { Journal } from '../../journal/index.js';
import type { Log } from '../log/index.js';

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
      const written = await journal.append({ ...encode(record), urgent: true });
      if (written.kind === 'receipt') return true;
      log.error('record not written', { record: record.kind, reason: written.reason, detail: written.detail });
      return false;
    },
    into: (opened) => {
      journal = opened;
    },
  };
}
