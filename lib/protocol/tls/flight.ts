import { malformed, type Malformed } from '../index.js';
import { describeAlert } from './alert.js';

const RECORD_HEADER = 5;
const MESSAGE_HEADER = 4;
/** RFC 8446 §5.1: the most that a record may hold that is not encrypted. */
const RECORD_AT_MOST = 0x4000;
/** The shortest record: a header and the one byte of a change_cipher_spec. */
const SHORTEST_RECORD = 6;
/** OpenSSL, too, gives up on a peer that warns five times without a message between. */
const WARNINGS_AT_MOST = 5;

/** The types of records in a handshake (RFC 5246 §6.2.1). */
export const RECORD = { changeCipherSpec: 20, alert: 21, handshake: 22 } as const;
const WARNING = 1;
const CLOSE_NOTIFY = 0;

const NO_TLS = malformed('a record that is not TLS');
const UNEXPECTED_RECORD = malformed('a record of a type that has no place in a handshake');
const LONG_RECORD = malformed('a record is longer than 16384 bytes');
const EMPTY_RECORD = malformed('a handshake record is empty');
const TOO_LONG = malformed('the handshake is longer than the limit');
const INTERRUPTED = malformed('another record inside a handshake message');
const BAD_ALERT = malformed('an alert record does not hold one alert');
const BAD_CHANGE = malformed('a change_cipher_spec record does not hold its one byte');
const WARNED_TOO_OFTEN = malformed('too many alerts that are only warnings');

/** Whether the first bytes are, or may become, a record of TLS of a type from `lowest` to that of handshakes. */
export function mayBeRecord(bytes: Buffer, lowest: number): boolean {
  const type = bytes[0] ?? RECORD.handshake;
  return type >= lowest && type <= RECORD.handshake && (bytes[1] ?? 3) === 3;
}

/** What comes next in one direction of a handshake. */
export type FlightStep =
  /** A whole message, with the four bytes of its header: as it goes into transcripts. */
  | { readonly kind: 'message'; readonly type: number; readonly message: Buffer }
  /** An alert that ends the handshake. */
  | { readonly kind: 'alert'; readonly description: string }
  /** What follows is encrypted (in TLS 1.3 it says nothing: RFC 8446 §D.4). */
  | { readonly kind: 'change_cipher_spec' }
  | { readonly kind: 'partial'; readonly need: number }
  | Malformed;

/**
 * One direction of a handshake, from its first record to where it is encrypted: records to whole messages, however those
 * lie across records (RFC 8446 §5.1, RFC 5246 §6.2.1). Messages are views of the bytes unless records split them. More than
 * `atMost` bytes are malformed. `partial.need` counts all that a message lacks and the headers that this must come in, so
 * that a peer that sends a byte in each record makes the reader start over about 50 times in 16 KiB.
 */
export class Flight {
  readonly #bytes: Buffer;
  readonly #atMost: number;
  #at = 0;
  /** What records have brought and no message has taken. */
  #parts: Buffer[] = [];
  #held = 0;
  /** How long the next message is, or at least its header. */
  #size = MESSAGE_HEADER;
  #warnings = 0;
  #alertEnd = 0;

  constructor(bytes: Buffer, atMost: number) {
    this.#bytes = bytes;
    this.#atMost = atMost;
  }

  /** How many bytes the records take that were read so far, an alert among them. */
  get length(): number {
    return Math.max(this.#at, this.#alertEnd);
  }

  /** Whether nothing is left of the last record that was read. */
  get atRecordEnd(): boolean {
    return this.#held === 0;
  }

  /** What comes next. A message is taken; anything else that is asked for again comes again. */
  next(): FlightStep {
    for (;;) {
      const lacking = this.#lacking();
      if (lacking === 0) return this.#takeMessage();
      const step = this.#readRecord(lacking);
      if (step !== 'more') return step;
    }
  }

  /** How many bytes the next message lacks, as far as is known. */
  #lacking(): number {
    if (this.#size === MESSAGE_HEADER && this.#held >= MESSAGE_HEADER) this.#size += this.#join().readUIntBE(1, 3);
    return Math.max(0, this.#size - this.#held);
  }

  #takeMessage(): FlightStep {
    const all = this.#join();
    const message = all.subarray(0, this.#size);
    const rest = all.subarray(this.#size);
    this.#parts = rest.length === 0 ? [] : [rest];
    this.#held = rest.length;
    this.#size = MESSAGE_HEADER;
    return { kind: 'message', type: message.readUInt8(0), message };
  }

  /** What is held, in one piece: twice a message at most, so that small records are not copied over and over. */
  #join(): Buffer {
    const [first] = this.#parts;
    if (first !== undefined && first.length === this.#held) return first;
    const joined = Buffer.concat(this.#parts, this.#held);
    this.#parts = [joined];
    return joined;
  }

  #readRecord(lacking: number): FlightStep | 'more' {
    const start = this.#at;
    if (this.#bytes.length - start < RECORD_HEADER)
      return this.#partial(start + (this.#held === 0 ? SHORTEST_RECORD : inRecords(lacking)));
    if (this.#bytes.readUInt8(start + 1) !== 3) return NO_TLS;
    const type = this.#bytes.readUInt8(start);
    const length = this.#bytes.readUInt16BE(start + 3);
    if (type !== RECORD.handshake) return this.#readOther(type, length);
    if (length === 0) return EMPTY_RECORD;
    if (length > RECORD_AT_MOST) return LONG_RECORD;
    const end = start + RECORD_HEADER + length;
    if (end > this.#bytes.length || end > this.#atMost)
      return this.#partial(this.#held === 0 || lacking <= length ? end : end + inRecords(lacking - length));
    this.#parts.push(this.#bytes.subarray(start + RECORD_HEADER, end));
    this.#held += length;
    this.#at = end;
    return 'more';
  }

  #readOther(type: number, length: number): FlightStep | 'more' {
    if (type !== RECORD.alert && type !== RECORD.changeCipherSpec) return UNEXPECTED_RECORD;
    if (this.#held > 0) return INTERRUPTED;
    if (length !== (type === RECORD.alert ? 2 : 1)) return type === RECORD.alert ? BAD_ALERT : BAD_CHANGE;
    const start = this.#at + RECORD_HEADER;
    const end = start + length;
    if (end > this.#bytes.length || end > this.#atMost) return this.#partial(end);
    const first = this.#bytes.readUInt8(start);
    if (type === RECORD.changeCipherSpec) {
      if (first !== 1) return BAD_CHANGE;
      this.#at = end;
      return { kind: 'change_cipher_spec' };
    }
    const code = this.#bytes.readUInt8(start + 1);
    if (first === WARNING && code !== CLOSE_NOTIFY) {
      this.#at = end;
      this.#warnings += 1;
      return this.#warnings > WARNINGS_AT_MOST ? WARNED_TOO_OFTEN : 'more';
    }
    this.#alertEnd = end;
    return { kind: 'alert', description: describeAlert(code) };
  }

  #partial(need: number): FlightStep {
    return need > this.#atMost ? TOO_LONG : { kind: 'partial', need };
  }
}

/** The fewest bytes in which records can bring `count` bytes. */
function inRecords(count: number): number {
  return count + RECORD_HEADER * Math.ceil(count / RECORD_AT_MOST);
}
