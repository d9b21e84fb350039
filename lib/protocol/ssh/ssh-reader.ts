import { ByteReader } from '../index.js';

const COMMA = 0x2c;
const FIRST_VISIBLE = 0x21;
const LAST_VISIBLE = 0x7e;
const NAME_AT_MOST = 64;

/** Reads SSH's data types (RFC 4251 §5) off the front of a message, one after another. */
export class SshReader extends ByteReader {
  /** A boolean: whatever is not zero is true. */
  boolean(): boolean {
    return this.number(1) !== 0;
  }

  /** A number of 32 bits. */
  uint32(): number {
    return this.number(4);
  }

  /** A number of 64 bits. */
  uint64(): bigint {
    const bytes = this.take(8);
    return this.intact ? bytes.readBigUInt64BE(0) : 0n;
  }

  /** A string, or an mpint as its bytes: both come after their length. */
  string(): Buffer {
    return this.vector(4);
  }

  /** A string that must be printable ASCII. */
  text(): string {
    const text = this.string().toString('latin1');
    if (!/[^ -~]/.test(text)) return text;
    this.fail();
    return '';
  }

  /** A list of names, in the order of preference that most lists have. */
  names(): readonly string[] {
    const list = this.#list();
    return list.length === 0 ? [] : list.toString('latin1').split(',');
  }

  /** Skips a list of names, which must still be a list of names. */
  skipNames(): void {
    this.#list();
  }

  #list(): Buffer {
    const list = this.string();
    if (areNames(list)) return list;
    this.fail();
    return list.subarray(0, 0);
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
