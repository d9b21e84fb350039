import { encode, type AuditRecord, type CloseRecord, type DecisionRecord } from '../../lib/audit/index.js';
import { openJournal, type Entry, type Journal } from '../../lib/journal/index.js';
import { makeFolder } from '../fixtures/folder.js';
import { CLOSE, DECISION } from '../audit/samples.js';
import { after } from './decisions.js';

/** A real journal in a temporary folder. */
export interface TestJournal {
  readonly directory: string;
  /** Appends records in order and waits until they are on disk. */
  readonly write: (...records: readonly AuditRecord[]) => Promise<void>;
  /** Appends what this version would not write. */
  readonly writeAsItIs: (entry: Entry) => Promise<void>;
  /** Closes it and opens it again, as a restart does. */
  readonly reopen: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Opens a journal whose segments are so small that a test fills several. */
export async function makeJournal(segmentBytes = 8192): Promise<TestJournal> {
  const folder = await makeFolder();
  const directory = `${folder.path}/journal`;
  let clock = DECISION.receivedAt.getTime();
  let journal = await open();

  async function open(): Promise<Journal> {
    const now = (): number => clock;
    const opened = await openJournal({ directory, segmentBytes, clock: { now, mono: now } });
    if (opened.kind !== 'journal') throw new Error(JSON.stringify(opened));
    return opened;
  }

  return {
    directory,
    write: async (...records) => {
      for (const record of records) {
        if (record.kind === 'decision') clock = record.receivedAt.getTime();
        const written = await journal.append(encode(record));
        if (written.kind !== 'receipt') throw new Error(written.detail);
      }
    },
    writeAsItIs: async (entry) => {
      const written = await journal.append(entry);
      if (written.kind !== 'receipt') throw new Error(written.detail);
    },
    reopen: async () => {
      await journal.close();
      journal = await open();
    },
    remove: async () => {
      await journal.close();
      await folder.remove();
    },
  };
}

/** The id of the attempt with a number: as UUIDv7 gives it to a request received at that second. */
export function idOf(number: number): string {
  const milliseconds = after(number * 1000)
    .getTime()
    .toString(16)
    .padStart(12, '0');
  return `${milliseconds.slice(0, 8)}-${milliseconds.slice(8)}-7000-8000-${String(number).padStart(12, '0')}`;
}

/** The decision on the attempt with a number, received at that second. */
export function decision(number: number, changes: Partial<DecisionRecord> = {}): DecisionRecord {
  return { ...DECISION, id: idOf(number), receivedAt: after(number * 1000), ...changes };
}

/** The end of the attempt with a number. */
export function close(number: number, changes: Partial<CloseRecord> = {}): CloseRecord {
  return { ...CLOSE, id: idOf(number), ...changes };
}
