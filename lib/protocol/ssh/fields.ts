import type { Malformed } from '../index.js';

const NONE = Buffer.alloc(0);
const COMMA = 0x2c;
const FIRST_VISIBLE = 0x21;
const LAST_VISIBLE = 0x7e;
const NAME_AT_MOST = 64;

/**
 * Reads SSH's data types (RFC 4251 §5) off the front of a message, one after another. What would lie beyond its end reads
 * as zero or as nothing and is remembered, so that a message is read in one go: believe what was read only if `state` is
 * not `broken`. Strings are views of the message, never copies.
 */
export class Fields {
  readonly #bytes: Buffer;
  #at = 0;
  #broken = false;

  /** Reads `bytes` from their front. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** How many bytes have been read. */
  get position(): number {
    return this.#at;
  }

  /** `broken`: something read so far was not there, or not what it must be. `over`: all is read, and all was there. */
  get state(): 'more' | 'over' | 'broken' {
    if (this.#broken) return 'broken';
    return this.#at === this.#bytes.length ? 'over' : 'more';
  }

  /** As many bytes as are asked for. */
  raw(length: number): Buffer {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (this.#broken || bytes.length < length) {
      this.#broken = true;
      return NONE;
    }
    this.#at += length;
    return bytes;
  }

  /** One byte. */
  byte(): number {
    return this.raw(1)[0] ?? 0;
  }

  /** A boolean: whatever is not zero is true. */
  boolean(): boolean {
    return this.byte() !== 0;
  }

  /** A number of 32 bits. */
  uint32(): number {
    if (this.#broken || this.#bytes.length - this.#at < 4) {
      this.#broken = true;
      return 0;
    }
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }

  /** A number of 64 bits. */
  uint64(): bigint {
    const bytes = this.raw(8);
    return this.#broken ? 0n : bytes.readBigUInt64BE(0);
  }

  /** A string, or an mpint as its bytes: both carry their length in front. */
  string(): Buffer {
    return this.raw(this.uint32());
  }

  /** A string that must be printable ASCII. */
  text(): string {
    const text = this.string().toString('latin1');
    if (!/[^ -~]/.test(text)) return text;
    this.#broken = true;
    return '';
  }

  /** A list of names, in the order of preference that most lists have. */
  names(): readonly string[] {
    const list = this.#list();
    return list.length === 0 ? [] : list.toString('latin1').split(',');
  }

  /** Passes over a list of names, which must be one all the same. */
  passNames(): void {
    this.#list();
  }

  #list(): Buffer {
    const list = this.string();
    if (areNames(list)) return list;
    this.#broken = true;
    return NONE;
  }
}

/** Whether bytes are a name-list (RFC 4251 §6): names of visible ASCII but the comma, at most 64 characters each, or nothing. */
function areNames(list: Buffer): boolean {
  let length = 0;
  for (const byte of list) {
    if (byte === COMMA && length === 0) return false;
    length = byte === COMMA ? 0 : length + 1;
    if (byte < FIRST_VISIBLE || byte > LAST_VISIBLE || length > NAME_AT_MOST) return false;
  }
  return length > 0 || list.length === 0;
}

/** A string as it is written: its length in 32 bits, and its bytes. */
export function writeString(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([writeUint32(bytes.length), bytes]);
}

/** A number of 32 bits as it is written. */
export function writeUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** What is said of bytes that are SSH's and broken; `detail` is fixed text. */
export function malformed(detail: string): Malformed {
  return { kind: 'malformed', detail };
}
