import { hashLine, type Line, readJournal } from '../../journal/index.js';
import { errorMessage } from '../../system/index.js';
import type { SinkPosition } from './cursor.js';

/** Where the records are. */
export interface JournalSource {
  readonly directory: string;
  /** The last line that is on disk. What stands behind it in the file may still be taken back. */
  readonly durable: () => number;
}

/** What reading gives, one by one. `idle`: there is nothing more on disk now; asking again is right. */
export type Read =
  | { readonly kind: 'line'; readonly line: Line; readonly position: SinkPosition }
  /** Lines that are gone: retention removed them before they were read. */
  | { readonly kind: 'gap'; readonly from: number; readonly to: number }
  | { readonly kind: 'unreadable'; readonly detail: string }
  | { readonly kind: 'idle' };

const IDLE: Read = { kind: 'idle' };

/** Reads the durable lines after `after` (`'nothing'`: from the oldest there is), for ever. Never throws. */
export async function* readDurable(
  source: JournalSource,
  after: number | 'nothing',
): AsyncGenerator<Read, void, undefined> {
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
      yield { kind: 'line', line, position: { seq: line.seq, hash: hashLine(line.bytes) } };
    }
  } catch (error) {
    yield { kind: 'unreadable', detail: errorMessage(error) };
  }
}
