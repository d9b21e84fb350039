import { hashLine, readJournal } from '../../journal/index.js';
import { errorMessage } from '../../system/index.js';
import { readCursor, type SinkPosition, writeCursor } from './cursor.js';
import type { JournalSource } from './journal-reader.js';
import type { Progress } from './progress.js';

/** What is needed to find where a feed goes on. */
export interface ResumeOptions {
  readonly source: JournalSource;
  readonly cursorFile: string;
  /** Where to begin when there never was a cursor. */
  readonly from: 'oldest' | 'now';
  readonly progress: Progress;
}

/** The record after which a feed goes on; `'nothing'`: the oldest one comes first. */
export type Resumed =
  | { readonly kind: 'resumed'; readonly after: number | 'nothing' }
  | { readonly kind: 'failed'; readonly detail: string };

/** Finds where a feed goes on, by its cursor. Never throws. */
export async function resume(options: ResumeOptions): Promise<Resumed> {
  const { source, cursorFile, from, progress } = options;
  const saved = await readCursor(cursorFile);
  try {
    if (saved.kind === 'value') return { kind: 'resumed', after: await continueAt(saved.value, source, progress) };
    if (saved.kind === 'unreadable') progress.report({ kind: 'cursor_unreadable', detail: saved.detail });
    else if (from === 'now') return await startNow(options);
    return { kind: 'resumed', after: 'nothing' };
  } catch (error) {
    return { kind: 'failed', detail: errorMessage(error) };
  }
}

/** Saved at once, or the records before the first one that is accepted would be left out after a crash. */
async function startNow({ source, cursorFile, progress }: ResumeOptions): Promise<Resumed> {
  const position = await positionAt(source, source.durable());
  const written = await writeCursor(cursorFile, position);
  if (written.kind === 'failed') return written;
  progress.resume(position);
  return { kind: 'resumed', after: position.seq };
}

async function continueAt(
  position: SinkPosition,
  source: JournalSource,
  progress: Progress,
): Promise<number | 'nothing'> {
  if (await isOfAnotherJournal(position, source)) {
    progress.report({ kind: 'journal_replaced', seq: position.seq });
    return 'nothing';
  }
  progress.resume(position);
  return position.seq;
}

async function isOfAnotherJournal(position: SinkPosition, { directory, durable }: JournalSource): Promise<boolean> {
  if (position.seq > durable()) return true;
  if (position.seq === 0) return false;
  for await (const line of readJournal(directory, { fromSeq: position.seq })) {
    // A damaged line is found again, and reported, when reading goes on from here.
    if (line.read === 'damaged') return false;
    if (line.seq === position.seq) return hashLine(line.bytes) !== position.hash;
    return line.seq === position.seq + 1 && line.prev !== position.hash;
  }
  return false;
}

const BEFORE_FIRST: SinkPosition = { seq: 0, hash: 'A'.repeat(43) };

async function positionAt({ directory }: JournalSource, seq: number): Promise<SinkPosition> {
  if (seq === 0) return BEFORE_FIRST;
  for await (const line of readJournal(directory, { fromSeq: seq })) {
    if (line.read === 'line' && line.seq === seq) return { seq, hash: hashLine(line.bytes) };
    break;
  }
  throw new Error(`record ${seq} is not in the journal`);
}
