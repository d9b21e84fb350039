import { ByteReader } from '../index.js';

/** A name-list (RFC 4251 §6): names of visible ASCII but the comma, at most 64 characters each, or nothing. */
const NAMES = /^(?:[!-+\--~]{1,64}(?:,[!-+\--~]{1,64})*)?$/;

/** Reads SSH's data types (RFC 4251 §5) off the front of a message, one after another. */
export class SshReader extends ByteReader {
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
    return this.#like(/^[ -~]*$/);
  }

  /** A list of names. */
  names(): readonly string[] {
    const list = this.#like(NAMES);
    return list === '' ? [] : list.split(',');
  }

  #like(pattern: RegExp): string {
    const text = this.string().toString('latin1');
    if (pattern.test(text)) return text;
    this.fail();
    return '';
  }
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
