import { hashLine, type Line, readJournal } from '../journal/index.js';
import type { Mark, SavedCursor } from './cursor.js';

/** Where the records are. */
export interface Source {
  readonly directory: string;
  /** The last line that is on disk. What stands behind it in the file may still be taken back. */
  readonly durable: () => number;
}

/** Where reading goes on, and whether that is what the cursor said. */
export type Resumed =
  | { readonly kind: 'begins' }
  | { readonly kind: 'continues'; readonly mark: Mark }
  /** The journal is not the one that the cursor is of. */
  | { readonly kind: 'replaced'; readonly mark: Mark };

/** Compares a cursor with the journal that is there. Throws the system's errors. */
export async function resume({ directory, durable }: Source, saved: SavedCursor): Promise<Resumed> {
  if (saved.kind !== 'mark') return { kind: 'begins' };
  const { mark } = saved;
  const replaced: Resumed = { kind: 'replaced', mark };
  if (mark.seq > durable()) return replaced;
  if (mark.seq === 0) return { kind: 'continues', mark };
  for await (const line of readJournal(directory, { fromSeq: mark.seq })) {
    // What cannot be read is met again, and told, by whoever reads on from here.
    if (line.read === 'damaged') break;
    if (line.seq === mark.seq && hashLine(line.bytes) !== mark.hash) return replaced;
    if (line.seq === mark.seq + 1 && line.prev !== mark.hash) return replaced;
    break;
  }
  return { kind: 'continues', mark };
}

/** What stands before the first line. */
const BEFORE_FIRST: Mark = { seq: 0, hash: 'A'.repeat(43) };

/** Gives the mark of a line that is on disk. Throws when it cannot be read, and the system's errors. */
export async function markAt({ directory }: Source, seq: number): Promise<Mark> {
  if (seq === 0) return BEFORE_FIRST;
  for await (const line of readJournal(directory, { fromSeq: seq })) {
    if (line.read === 'line' && line.seq === seq) return { seq, hash: hashLine(line.bytes) };
    break;
  }
  throw new Error(`record ${seq} is not in the journal`);
}

/** What reading gives, one by one. `idle`: there is nothing more on disk now; asking again is right. */
export type Read =
  | { readonly kind: 'line'; readonly line: Line; readonly mark: Mark }
  /** Lines that are gone: retention removed them before they were read. */
  | { readonly kind: 'gap'; readonly from: number; readonly to: number }
  | { readonly kind: 'unreadable'; readonly detail: string }
  | { readonly kind: 'idle' };

const IDLE: Read = { kind: 'idle' };

/** Reads the durable lines after `after` (`'nothing'`: from the oldest there is), for ever. Never throws. */
export async function* readDurable(source: Source, after: number | 'nothing'): AsyncGenerator<Read, void, undefined> {
  let next = after === 'nothing' ? 1 : after + 1;
  let expected = after !== 'nothing';
  for (;;) {
    // INVARIANT: taken before the file is read, so that a line up to it cannot change any more once it is seen.
    const durable = source.durable();
    if (durable < next) {
      yield IDLE;
      continue;
    }
    let progress = false;
    for await (const read of linesUpTo(source.directory, next, durable)) {
      if (read.kind !== 'line') {
        yield read;
        // Looked at anew: the file may have been mended meanwhile.
        progress = true;
        break;
      }
      const { seq } = read.line;
      if (seq > next && expected) yield { kind: 'gap', from: next, to: seq - 1 };
      next = seq + 1;
      expected = true;
      progress = true;
      yield read;
    }
    if (!progress) yield { kind: 'unreadable', detail: `record ${next} is not in the journal` };
  }
}

async function* linesUpTo(directory: string, fromSeq: number, last: number): AsyncGenerator<Read, void, undefined> {
  try {
    for await (const line of readJournal(directory, { fromSeq })) {
      if (line.read === 'damaged') {
        yield { kind: 'unreadable', detail: `${line.segment} at byte ${line.offset}: ${line.detail}` };
        return;
      }
      if (line.seq > last) return;
      yield { kind: 'line', line, mark: { seq: line.seq, hash: hashLine(line.bytes) } };
    }
  } catch (error) {
    yield { kind: 'unreadable', detail: error instanceof Error ? error.message : String(error) };
  }
}
