import { type SinkPosition, readCursor, type CursorReading, writeCursor } from './cursor.js';
import { hashLine, readJournal } from '../../journal/index.js';
import type { JournalSource } from './journal-reader.js';
import type { Progress } from './progress.js';

/** Where a sink's feed begins, and what must be told of it. */
export interface ResumeOptions {
  readonly source: JournalSource;
  readonly cursorFile: string;
  /** Where to begin when there never was a cursor. */
  readonly from: 'oldest' | 'now';
  readonly progress: Progress;
}

/** Finds the record after which to go on; `'nothing'`: the oldest there is comes first. Throws the system's errors. */
export async function resumePosition(beginning: ResumeOptions): Promise<number | 'nothing'> {
  const { source, cursorFile, from, progress } = beginning;
  const saved = await readCursor(cursorFile);
  if (saved.kind === 'unreadable') progress.tell({ kind: 'cursor_unreadable', detail: saved.detail });
  if (saved.kind === 'none' && from === 'now') return beginNow(beginning);
  return goOn(source, saved, progress);
}

/** From now on; written down at once, or the records until the first one is accepted would be left out after a crash. */
async function beginNow({ source, cursorFile, progress }: ResumeOptions): Promise<number> {
  const position: SinkPosition = await positionAt(source, source.durable());
  await writeCursor(cursorFile, position);
  progress.begin(position);
  return position.seq;
}

async function goOn(source: JournalSource, saved: CursorReading, progress: Progress): Promise<number | 'nothing'> {
  const resumed = await resume(source, saved);
  if (resumed.kind === 'begins') return 'nothing';
  if (resumed.kind === 'replaced') {
    progress.tell({ kind: 'journal_replaced', seq: resumed.position.seq });
    return 'nothing';
  }
  progress.begin(resumed.position);
  return resumed.position.seq;
}

/** Where reading goes on, and whether that is what the cursor said. */
export type Resumed =
  | { readonly kind: 'begins' }
  | { readonly kind: 'continues'; readonly position: SinkPosition }
  /** The journal is not the one that the cursor is of. */
  | { readonly kind: 'replaced'; readonly position: SinkPosition };

/** Compares a cursor with the journal that is there. Throws the system's errors. */
async function resume({ directory, durable }: JournalSource, saved: CursorReading): Promise<Resumed> {
  if (saved.kind !== 'position') return { kind: 'begins' };
  const { position } = saved;
  const replaced: Resumed = { kind: 'replaced', position };
  if (position.seq > durable()) return replaced;
  if (position.seq === 0) return { kind: 'continues', position };
  for await (const line of readJournal(directory, { fromSeq: position.seq })) {
    // What cannot be read is met again, and told, by whoever reads on from here.
    if (line.read === 'damaged') break;
    if (line.seq === position.seq && hashLine(line.bytes) !== position.hash) return replaced;
    if (line.seq === position.seq + 1 && line.prev !== position.hash) return replaced;
    break;
  }
  return { kind: 'continues', position };
}

/** What stands before the first line. */
const BEFORE_FIRST: SinkPosition = { seq: 0, hash: 'A'.repeat(43) };

/** Gives the position of a line that is on disk. Throws when it cannot be read, and the system's errors. */
async function positionAt({ directory }: JournalSource, seq: number): Promise<SinkPosition> {
  if (seq === 0) return BEFORE_FIRST;
  for await (const line of readJournal(directory, { fromSeq: seq })) {
    if (line.read === 'line' && line.seq === seq) return { seq, hash: hashLine(line.bytes) };
    break;
  }
  throw new Error(`record ${seq} is not in the journal`);
}
