import { type Mark, readCursor, type SavedCursor, writeCursor } from './cursor.js';
import { markAt, resume, type Source } from './reading.js';
import type { Standing } from './standing.js';

/** Where a sink's feed begins, and what must be told of it. */
export interface Beginning {
  readonly source: Source;
  readonly cursorFile: string;
  /** Where to begin when there never was a cursor. */
  readonly from: 'oldest' | 'now';
  readonly standing: Standing;
}

/** Finds the record after which to go on; `'nothing'`: the oldest there is comes first. Throws the system's errors. */
export async function findBeginning(beginning: Beginning): Promise<number | 'nothing'> {
  const { source, cursorFile, from, standing } = beginning;
  const saved = await readCursor(cursorFile);
  if (saved.kind === 'unreadable') standing.tell({ kind: 'cursor_unreadable', detail: saved.detail });
  if (saved.kind === 'none' && from === 'now') return beginNow(beginning);
  return goOn(source, saved, standing);
}

/** From now on; written down at once, or the records until the first one is accepted would be left out after a crash. */
async function beginNow({ source, cursorFile, standing }: Beginning): Promise<number> {
  const mark: Mark = await markAt(source, source.durable());
  await writeCursor(cursorFile, mark);
  standing.begin(mark);
  return mark.seq;
}

async function goOn(source: Source, saved: SavedCursor, standing: Standing): Promise<number | 'nothing'> {
  const resumed = await resume(source, saved);
  if (resumed.kind === 'begins') return 'nothing';
  if (resumed.kind === 'replaced') {
    standing.tell({ kind: 'journal_replaced', seq: resumed.mark.seq });
    return 'nothing';
  }
  standing.begin(resumed.mark);
  return resumed.mark.seq;
}
