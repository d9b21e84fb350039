import { hashLine, readJournal } from '../../journal/index.js';
import { readCursor, type SinkPosition, writeCursor } from './cursor.js';
import type { JournalSource } from './journal-reader.js';
import type { Progress } from './progress.js';

/** What is needed to find where a feed resumes. */
export interface ResumeOptions {
  readonly source: JournalSource;
  readonly cursorFile: string;
  /** Where to begin when there never was a cursor. */
  readonly from: 'oldest' | 'now';
}

/** Finds the record after which a feed resumes, by its cursor; `'nothing'`: the oldest one comes first. Throws if it cannot. */
export async function resume(
  { source, cursorFile, from }: ResumeOptions,
  progress: Progress,
): Promise<number | 'nothing'> {
  const saved = await readCursor(cursorFile);
  if (saved.kind === 'unreadable') {
    progress.report({ kind: 'cursor_unreadable', detail: saved.detail });
    return 'nothing';
  }
  if (saved.kind === 'absent' && from === 'oldest') return 'nothing';
  const position = saved.kind === 'value' ? saved.value : await startNow(source, cursorFile);
  if (saved.kind === 'value' && (await isOfAnotherJournal(position, source))) {
    progress.report({ kind: 'journal_replaced', seq: position.seq });
    return 'nothing';
  }
  progress.resume(position);
  return position.seq;
}

const BEFORE_FIRST: SinkPosition = { seq: 0, hash: 'A'.repeat(43) };

/** Saves the end of the journal at once, or the records before the first one that is accepted would be left out after a crash. */
async function startNow({ directory, durable }: JournalSource, cursorFile: string): Promise<SinkPosition> {
  const seq = durable();
  const position = seq === 0 ? BEFORE_FIRST : await positionOf(directory, seq);
  const written = await writeCursor(cursorFile, position);
  if (written.kind === 'failed') throw new Error(written.detail);
  return position;
}

async function positionOf(directory: string, seq: number): Promise<SinkPosition> {
  for await (const line of readJournal(directory, { fromSeq: seq })) {
    if (line.read === 'line' && line.seq === seq) return { seq, hash: hashLine(line.bytes) };
    break;
  }
  throw new Error(`record ${seq} is not in the journal`);
}

async function isOfAnotherJournal(
  { seq, hash }: SinkPosition,
  { directory, durable }: JournalSource,
): Promise<boolean> {
  if (seq > durable()) return true;
  if (seq === 0) return false;
  for await (const line of readJournal(directory, { fromSeq: seq })) {
    // A damaged line is found again, and reported, when reading continues from here.
    if (line.read === 'damaged') return false;
    if (line.seq === seq) return hashLine(line.bytes) !== hash;
    return line.seq === seq + 1 && line.prev !== hash;
  }
  return false;
}
