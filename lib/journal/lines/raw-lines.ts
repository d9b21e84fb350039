import { LINE_BYTES } from './line.js';
import { openText, readRange } from '../bytes/index.js';

/** Bytes of a segment up to and with a newline, or those at its end without one, or more than any line may have. */
export interface RawLine {
  readonly offset: number;
  readonly bytes: Buffer;
  readonly ending: 'newline' | 'end_of_file' | 'too_long';
}

const NEWLINE = 0x0a;

/**
 * Reads a segment's lines from an offset of its text on, in order, a chunk's worth at a time and in constant memory.
 *
 * What is written while it reads is read too, up to where the file ends when the reader gets there. A run of
 * bytes longer than a line may be is given up to that length, as `too_long`, and left out up to the next newline.
 */
export async function* rawLines(
  path: string,
  from = 0,
  openPath = openText,
): AsyncGenerator<readonly RawLine[], void, undefined> {
  const splitter = new Splitter(from);
  for await (const chunk of readRange(path, from, Infinity, openPath)) yield splitter.split(chunk);
  yield splitter.rest();
}

class Splitter {
  #offset: number;
  #carried: Buffer = Buffer.alloc(0);
  #skipping = false;

  constructor(offset: number) {
    this.#offset = offset;
  }

  split(chunk: Buffer): readonly RawLine[] {
    const lines: RawLine[] = [];
    const bytes = this.#carried.length === 0 ? chunk : Buffer.concat([this.#carried, chunk]);
    let at = 0;
    for (let end = bytes.indexOf(NEWLINE, at); end !== -1; end = bytes.indexOf(NEWLINE, at)) {
      this.#take(lines, bytes.subarray(at, end + 1), 'newline');
      at = end + 1;
    }
    this.#carried = bytes.subarray(at);
    if (this.#carried.length > LINE_BYTES) {
      this.#take(lines, this.#carried, 'end_of_file');
      this.#carried = Buffer.alloc(0);
      this.#skipping = true;
    }
    return lines;
  }

  rest(): readonly RawLine[] {
    const lines: RawLine[] = [];
    if (this.#carried.length > 0) this.#take(lines, this.#carried, 'end_of_file');
    return lines;
  }

  #take(lines: RawLine[], bytes: Buffer, ending: RawLine['ending']): void {
    if (!this.#skipping) lines.push(limited(this.#offset, bytes, ending));
    if (ending === 'newline') this.#skipping = false;
    this.#offset += bytes.length;
  }
}

const BACKWARD_CHUNK = 64 * 1024;

/**
 * Reads the lines before an offset, the last one first. What follows the last newline comes first, as `end_of_file`; of
 * more bytes than any line may have, some are given.
 */
export async function* rawLinesBackwards(path: string, to: number): AsyncGenerator<RawLine, void, undefined> {
  const text = await openText(path);
  try {
    // The bytes from `start` to the newline that ends the line to be given next; none before the first newline is met.
    let end = Buffer.alloc(0);
    for (let start = to; start > 0;) {
      const length = Math.min(BACKWARD_CHUNK, start);
      start -= length;
      const bytes = Buffer.concat([await text.read(start, length), end]);
      let last = bytes.lastIndexOf(NEWLINE);
      if (end.length === 0 && last < bytes.length - 1) {
        yield { ...limited(start + last + 1, bytes.subarray(last + 1), 'end_of_file'), ending: 'end_of_file' };
      }
      while (last > 0) {
        const before = bytes.lastIndexOf(NEWLINE, last - 1);
        if (before === -1 && start > 0) break;
        yield limited(start + before + 1, bytes.subarray(before + 1, last + 1), 'newline');
        last = before;
      }
      // Of a line that is too long, its end is enough.
      end = last < 0 ? Buffer.alloc(0) : bytes.subarray(Math.max(0, last - LINE_BYTES), last + 1);
    }
  } finally {
    await text.close();
  }
}

function limited(offset: number, bytes: Buffer, ending: RawLine['ending']): RawLine {
  if (bytes.length <= LINE_BYTES) return { offset, bytes, ending };
  return { offset, bytes: bytes.subarray(0, LINE_BYTES + 1), ending: 'too_long' };
}
