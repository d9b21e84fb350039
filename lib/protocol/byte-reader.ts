/**
 * Reads numbers and vectors off the front of bytes, big-endian, each vector after its length: as TLS (RFC 8446 §3) and SSH
 * (RFC 4251 §5) write them. A read beyond the end gives zero or nothing and is remembered, so that a structure is read in
 * one go and checked once, at its end. Vectors are views of the bytes, never copies.
 */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;
  #intact = true;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Reads the content of a vector that fills these bytes. Broken from the start if it does not. */
  static ofVector(bytes: Buffer, size: number): ByteReader {
    const fields = new ByteReader(bytes);
    const content = new ByteReader(fields.vector(size));
    if (!fields.spent) content.fail();
    return content;
  }

  /** How many bytes have been read. */
  get position(): number {
    return this.#at;
  }

  /** How many bytes have not been read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Whether everything that was read was there. */
  get intact(): boolean {
    return this.#intact;
  }

  /** Whether everything that was read was there, and nothing is left. */
  get spent(): boolean {
    return this.#intact && this.left === 0;
  }

  /** An unsigned number of `size` bytes, 1 to 4; zero beyond the end. */
  number(size: number): number {
    if (!this.#has(size)) return 0;
    this.#at += size;
    return this.#bytes.readUIntBE(this.#at - size, size);
  }

  /** The next `count` bytes; none beyond the end. */
  take(count: number): Buffer {
    if (!this.#has(count)) return this.#bytes.subarray(0, 0);
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** A vector after its length, which is a number of `size` bytes. */
  vector(size: number): Buffer {
    return this.take(this.number(size));
  }

  /** Skips a vector after its length, and gives that length. */
  skip(size: number): number {
    const length = this.number(size);
    if (this.#has(length)) this.#at += length;
    return length;
  }

  /** Marks what was read as wrong: nothing more is read. */
  fail(): void {
    this.#intact = false;
  }

  #has(count: number): boolean {
    if (count > this.left) this.#intact = false;
    return this.#intact;
  }
}
