import { hashLine, type Line, readJournal } from '../../journal/index.js';
import { errorMessage } from '../../system/index.js';
import type { SinkPosition } from './cursor.js';

/** Where the records are. */
export interface JournalSource {
  readonly directory: string;
  /** The last line that is on disk. What follows it in the file may still be taken back. */
  readonly durable: () => number;
}

/** What reading gives, one by one. `idle`: nothing more is on disk now; reading may go on later. */
export type Read =
  | { readonly kind: 'line'; readonly line: Line; readonly position: SinkPosition }
  /** Lines that are gone: retention removed them before they were read. */
  | { readonly kind: 'gap'; readonly from: number; readonly to: number }
  | { readonly kind: 'unreadable'; readonly detail: string }
  | { readonly kind: 'idle' };

const IDLE: Read = { kind: 'idle' };

/** Reads the durable lines after `after` (`'nothing'`: from the oldest one), without end. Never throws. */
export async function* readDurable(source: JournalSource, after: number | 'nothing'): AsyncGenerator<Read, void> {
  let next = after === 'nothing' ? 1 : after + 1;
  let expected = after !== 'nothing';
  for (;;) {
    // INVARIANT: taken before the file is read, so that a line up to it can no longer change once it is seen.
    const durable = source.durable();
    if (durable < next) {
      yield IDLE;
      continue;
    }
    let found = false;
    for await (const read of linesUpTo(source.directory, next, durable)) {
      found = true;
      if (read.kind !== 'line') {
        yield read;
        // The file is read again: it may have been repaired since.
        break;
      }
      const { seq } = read.line;
      if (seq > next && expected) yield { kind: 'gap', from: next, to: seq - 1 };
      next = seq + 1;
      expected = true;
      yield read;
    }
    if (!found) yield { kind: 'unreadable', detail: `record ${next} is not in the journal` };
  }
}

async function* linesUpTo(directory: string, fromSeq: number, last: number): AsyncGenerator<Read, void> {
  try {
    for await (const line of readJournal(directory, { fromSeq })) {
      if (line.read === 'damaged') {
        yield { kind: 'unreadable', detail: `${line.segment} at byte ${line.offset}: ${line.detail}` };
        return;
      }
      if (line.seq > last) return;
      yield { kind: 'line', line, position: { seq: line.seq, hash: hashLine(line.bytes) } };
    }
  } catch (error) {
    yield { kind: 'unreadable', detail: errorMessage(error) };
  }
}
