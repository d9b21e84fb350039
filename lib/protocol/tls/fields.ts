/**
 * Reads numbers and vectors off the front of bytes, as TLS writes them (RFC 8446 §3): big-endian, each vector behind its
 * length. A read beyond the end gives zero or nothing and is remembered, so that whoever reads a whole structure asks
 * once, at its end, whether all of it was there. The vectors are views of the bytes, not copies.
 */
export class Fields {
  readonly #bytes: Buffer;
  #at = 0;
  #intact = true;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** How many bytes have not been read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Whether everything that was read was there. */
  get intact(): boolean {
    return this.#intact;
  }

  /** Whether everything that was read was there, and nothing is left: the lengths add up. */
  get spent(): boolean {
    return this.#intact && this.left === 0;
  }

  /** An unsigned number of `size` bytes, 1 to 3; zero beyond the end. */
  number(size: number): number {
    if (!this.#has(size)) return 0;
    const number = this.#bytes.readUIntBE(this.#at, size);
    this.#at += size;
    return number;
  }

  /** The next `count` bytes; none beyond the end. */
  take(count: number): Buffer {
    if (!this.#has(count)) return this.#bytes.subarray(0, 0);
    const start = this.#at;
    this.#at += count;
    return this.#bytes.subarray(start, this.#at);
  }

  /** A vector behind its length, which is a number of `size` bytes. */
  vector(size: number): Buffer {
    return this.take(this.number(size));
  }

  #has(count: number): boolean {
    if (count > this.left) this.#intact = false;
    return this.#intact;
  }
}
