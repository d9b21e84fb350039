import type { FileHandle } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { errorMessage } from '../../system/index.js';
import { readChunk } from './members.js';

/** So much of the text before the place that was read last is kept: reading backwards inflates the file once for each. */
const WINDOW_BYTES = 8 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/**
 * The text of a file that another program compressed. Nothing in it says where a line is, so it is inflated from its beginning up
 * to what is read, in constant memory.
 */
export class OtherGzip {
  readonly #file: FileHandle;
  #pass: Pass;
  #fault = 'none';

  constructor(file: FileHandle) {
    this.#file = file;
    this.#pass = new Pass(file);
  }

  async size(): Promise<number> {
    await this.#inflate(Infinity, Infinity);
    return this.#pass.end;
  }

  async read(position: number, length: number): Promise<Buffer> {
    if (position < this.#pass.begin) {
      this.#pass.stop();
      this.#pass = new Pass(this.#file);
    }
    await this.#inflate(position, position + length);
    return this.#pass.slice(position, position + length);
  }

  /** Why the text ended before the file did, as far as it was read, or `'none'`. */
  fault(): string {
    return this.#fault;
  }

  /** Ends what reads the file. The caller closes it. */
  stop(): void {
    this.#pass.stop();
  }

  async #inflate(from: number, to: number): Promise<void> {
    const fault = await this.#pass.inflate(from, to);
    if (fault !== 'none') this.#fault = fault;
  }
}

/** One way through the file, from its beginning, and the text that was inflated last. */
class Pass {
  /** The text that is kept begins here … */
  begin = 0;
  /** … and ends here. */
  end = 0;
  readonly #gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  readonly #text: AsyncIterator<Buffer>;
  #kept: Buffer[] = [];
  #fault: string | 'unknown' = 'unknown';

  constructor(file: FileHandle) {
    // Its error comes out of the iterator; if nothing more is read, it does not matter.
    this.#gunzip.on('error', () => undefined);
    pipeline(Readable.from(chunksOf(file)), this.#gunzip, () => undefined);
    this.#text = this.#gunzip[Symbol.asyncIterator]();
  }

  /** Inflates until the text is known up to `to`, and keeps it from `from` on. Gives what is wrong where the text ended before. */
  async inflate(from: number, to: number): Promise<string> {
    while (this.end < to && this.#fault === 'unknown') {
      const chunk = await this.#next();
      if (typeof chunk === 'string') this.#fault = chunk;
      else this.#keep(chunk, from);
    }
    return this.#fault === 'unknown' ? 'none' : this.#fault;
  }

  slice(from: number, to: number): Buffer {
    const parts: Buffer[] = [];
    let at = this.begin;
    for (const chunk of this.#kept) {
      const end = at + chunk.length;
      if (end > from && at < to) parts.push(chunk.subarray(Math.max(0, from - at), to - at));
      at = end;
    }
    // Never the kept chunks themselves: what is kept of them would hold all of them.
    return Buffer.concat(parts);
  }

  stop(): void {
    this.#gunzip.destroy();
  }

  /** The next text, or, at its end, what is wrong there. */
  async #next(): Promise<Buffer | string> {
    try {
      const next: IteratorResult<Buffer, unknown> = await this.#text.next();
      return next.done === true ? 'none' : next.value;
    } catch (error) {
      return `the compressed file cannot be inflated after byte ${this.end} of its text: ${errorMessage(error)}`;
    }
  }

  #keep(chunk: Buffer, from: number): void {
    this.#kept.push(chunk);
    this.end += chunk.length;
    for (let [first] = this.#kept; first !== undefined; [first] = this.#kept) {
      const next = this.begin + first.length;
      if (next > from || next > this.end - WINDOW_BYTES) break;
      this.#kept.shift();
      this.begin = next;
    }
  }
}

async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (let at = 0; ;) {
    const chunk = await readChunk(file, at, CHUNK_BYTES);
    if (chunk.length === 0) return;
    at += chunk.length;
    yield chunk;
  }
}
