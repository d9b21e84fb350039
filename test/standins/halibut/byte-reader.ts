import { createInflateRaw, inflateRawSync } from 'node:zlib';
import type { Duplex } from 'node:stream';
import { brokenTransport, DotnetException, endOfStream, readTimedOut } from './exceptions.js';

/**
 * Reads a connection as Halibut does: exactly what was asked for, never a byte more, whatever the pieces it arrives in.
 * Takes over the stream's reading. Every read throws {@link DotnetException} when the stream ends, breaks or stays silent.
 */
export class ByteReader {
  readonly #stream: Duplex;
  #rest: Buffer = Buffer.alloc(0);
  #ended = false;
  #broken: Error | 'none' = 'none';
  #wake: () => void = () => undefined;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('readable', () => this.#wake());
    stream.on('end', () => this.#end());
    stream.on('close', () => this.#end());
    stream.on('error', (error) => {
      this.#broken = error;
      this.#wake();
    });
  }

  /** One control line without its CRLF. A CR that no LF follows is an error, as in Halibut since 7. */
  async line(ms: number): Promise<string> {
    let text = '';
    for (;;) {
      const byte = await this.byte(ms);
      if (byte !== 0x0d) {
        text += String.fromCharCode(byte);
        continue;
      }
      const next = await this.byte(ms);
      if (next === 0x0a) return text;
      const hex = next.toString(16).toUpperCase();
      throw new DotnetException(
        'Halibut.Transport.Protocol.ProtocolException',
        `Unexpected byte after '\r' in control message: 0x${hex}`,
      );
    }
  }

  async byte(ms: number): Promise<number> {
    const [byte = 0] = await this.bytes(1, ms);
    return byte;
  }

  /** Exactly so many bytes; `ms` is how long each piece may let itself be waited for. */
  async bytes(length: number, ms: number): Promise<Buffer> {
    while (this.#rest.length < length) this.#rest = Buffer.concat([this.#rest, await this.#more(ms)]);
    return this.#take(length);
  }

  /** Hands `length` bytes on, piece by piece, so that a large stream needs no memory. */
  async pass(length: number, ms: number, to: (piece: Buffer) => void): Promise<void> {
    for (let left = length; left > 0;) {
      if (this.#rest.length === 0) this.#rest = await this.#more(ms);
      const piece = this.#take(Math.min(left, this.#rest.length));
      left -= piece.length;
      to(piece);
    }
  }

  /** One raw-deflate stream, unpacked; what follows it stays. `ended` when the connection ends before its first byte. */
  async deflated(ms: number): Promise<Buffer | 'ended'> {
    if (this.#rest.length === 0) {
      const first = await this.#more(ms).catch((error: unknown) => {
        if (error instanceof DotnetException && error.type === 'System.IO.EndOfStreamException')
          return 'ended' as const;
        throw error;
      });
      if (first === 'ended') return first;
      this.#rest = first;
    }
    while (!isWhole(this.#rest)) this.#rest = Buffer.concat([this.#rest, await this.#more(ms)]);
    const { content, length } = await inflateFirst(this.#rest);
    this.#take(length);
    return content;
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  async #more(ms: number): Promise<Buffer> {
    const end = Date.now() + ms;
    for (;;) {
      const piece: unknown = this.#stream.read();
      if (Buffer.isBuffer(piece)) return piece;
      if (this.#broken !== 'none') throw brokenTransport(this.#broken);
      if (this.#ended) throw endOfStream();
      if (!(await this.#woken(end - Date.now()))) throw readTimedOut();
    }
  }

  /** Waits for the stream to have news; false when none came in time. */
  #woken(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), Math.max(ms, 0));
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }
}

function isWhole(bytes: Buffer): boolean {
  try {
    inflateRawSync(bytes);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR') return false; // more is to come
    throw error;
  }
}

/** Unpacks the first deflate stream and tells its packed length. The byte put behind makes zlib say where it ends. */
async function inflateFirst(bytes: Buffer): Promise<{ content: Buffer; length: number }> {
  const inflate = createInflateRaw();
  const pieces: Buffer[] = [];
  inflate.end(Buffer.concat([bytes, Buffer.alloc(1)]));
  for await (const piece of inflate as AsyncIterable<Buffer>) pieces.push(piece);
  return { content: Buffer.concat(pieces), length: inflate.bytesWritten };
}
