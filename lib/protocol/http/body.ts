import { HEX, kindsOf, VALUE } from './characters.js';
import { bad, countLineEnds, readFields } from './head.js';
import type { BadMessage, BodyReader, BodyStep, Framing } from './types.js';

/** Thirteen hex digits stay below 2^53: a size is exact. */
const SIZE_DIGITS = 13;
const LINE_EXTENSION_BYTES = 1024;
/** For a whole body: extensions mean nothing to us, and one on every chunk is a way to keep a proxy busy. */
const ALL_EXTENSION_BYTES = 16_384;
const TRAILER_BYTES = 8192;
const TRAILER_LINES = 50;
/** How many pieces of a read stay as they are; of the others, those that are shorter are joined. */
const PIECES = 32;
const JOINED_BELOW = 4096;

/** A second word on framing, routing or the connection, come too late (RFC 9110 §6.5.1): dropped by one reader, believed by another. */
const NOT_IN_TRAILERS: ReadonlySet<string> = new Set(['connection', 'content-length', 'host', 'transfer-encoding']);

const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;

/** RFC 9112 §7.1.1, without the white space that it only lets readers put up with. Read left to right in one way only. */
const EXTENSIONS =
  /^(?:;[\w!#$%&'*+.^`|~-]+(?:=(?:[\w!#$%&'*+.^`|~-]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"))?)+$/;

const BAD_SIZE = bad('H6', 'a chunk size is not 1 to 13 hexadecimal digits');
const BAD_LINE_END = bad('H6', 'a line or the data of a chunk does not end in CR LF');
const BAD_EXTENSION = bad('H6', 'a chunk extension that is not ;name or ;name=value');
const LONG_EXTENSION = bad('H6', 'chunk extensions are longer than the limit');
const FRAMING_TRAILER = bad('H6', 'a trailer field that must be in the head: framing, Host or Connection');
const LONG_TRAILER = bad('H6', 'the trailer section is longer than the limit');

/**
 * Makes a reader of one body as its head delimits it, to be fed until it answers `whole`, and not after. Payload pieces are
 * views of the bytes handed in, but for many short chunks, which are joined. A body without bytes is `whole` on the first read,
 * even of an empty buffer.
 */
export function createBodyReader(framing: Framing): BodyReader {
  switch (framing.kind) {
    case 'none':
      return createLengthReader(0);
    case 'length':
      return createLengthReader(framing.length);
    case 'chunked':
      return new ChunkedReader();
    case 'until_close':
      return { read: (bytes) => ({ kind: 'more', payload: pieces(bytes) }), ended: () => 'whole' };
  }
}

function createLengthReader(length: number): BodyReader {
  let remaining = length;
  return {
    read: (bytes) => {
      if (bytes.length < remaining) {
        remaining -= bytes.length;
        return { kind: 'more', payload: pieces(bytes) };
      }
      const payload = pieces(bytes.subarray(0, remaining));
      const rest = bytes.subarray(remaining);
      remaining = 0;
      return { kind: 'whole', payload, rest };
    },
    ended: () => (remaining === 0 ? 'whole' : 'cut_short'),
  };
}

function pieces(bytes: Buffer): readonly Buffer[] {
  return bytes.length === 0 ? [] : [bytes];
}

/** Where in the coding (RFC 9112 §7.1) the next byte stands. */
type ChunkPosition = 'size' | 'extension' | 'size_end' | 'data' | 'data_cr' | 'data_lf' | 'trailer' | 'over';

/** Where the byte after those that were read stands in the piece, or what is wrong with them. */
type NextByte = number | BadMessage;

const LINE_END = Buffer.from('\r\n', 'latin1');

/**
 * Reads one chunked body, strictly (rule H6): sizes of 1 to 13 hex digits with nothing before or after them, CR LF only.
 * Extensions and trailers are checked, bounded and dropped.
 */
class ChunkedReader implements BodyReader {
  #position: ChunkPosition = 'size';
  #digits = 0;
  /** The size of this chunk as far as it was read, then the bytes of its data still to come. */
  #remaining = 0;
  /** What has come of this line's extensions, from the semicolon on. */
  #extension = '';
  /** How many bytes of extensions this body has had. */
  #extensionBytes = 0;
  /** What has come of the trailer section, `CR LF` of the last chunk's line first. */
  #trailer = LINE_END;

  read(bytes: Buffer): BodyStep {
    const payload = new Payload(bytes.length);
    let at = 0;
    while (at < bytes.length && this.#position !== 'over') {
      const step = this.#position === 'data' ? this.#takeData(bytes, at, payload) : this.#takeByte(bytes, at);
      if (typeof step !== 'number') return step;
      at = step;
    }
    if (this.#position !== 'over') return { kind: 'more', payload: payload.pieces };
    return { kind: 'whole', payload: payload.pieces, rest: bytes.subarray(at) };
  }

  ended(): 'whole' | 'cut_short' {
    return this.#position === 'over' ? 'whole' : 'cut_short';
  }

  #takeData(bytes: Buffer, at: number, payload: Payload): number {
    const end = Math.min(bytes.length, at + this.#remaining);
    payload.add(bytes.subarray(at, end));
    this.#remaining -= end - at;
    if (this.#remaining === 0) this.#position = 'data_cr';
    return end;
  }

  #takeByte(bytes: Buffer, at: number): NextByte {
    const byte = bytes[at] ?? 0;
    switch (this.#position) {
      case 'size':
        return this.#takeSize(byte) ?? at + 1;
      case 'extension':
        return this.#takeExtension(byte) ?? at + 1;
      case 'size_end':
        this.#position = this.#remaining === 0 ? 'trailer' : 'data';
        this.#digits = 0;
        this.#extension = '';
        return byte === LF ? at + 1 : BAD_LINE_END;
      case 'data_cr':
        this.#position = 'data_lf';
        return byte === CR ? at + 1 : BAD_LINE_END;
      case 'data_lf':
        this.#position = 'size';
        return byte === LF ? at + 1 : BAD_LINE_END;
      case 'trailer':
        return this.#takeTrailer(bytes, at);
      case 'data':
      case 'over':
        throw new Error(`no single byte is read at ${this.#position}`);
    }
  }

  #takeSize(byte: number): BadMessage | undefined {
    if ((kindsOf(byte) & HEX) !== 0) {
      if (this.#digits === SIZE_DIGITS) return BAD_SIZE;
      this.#digits++;
      this.#remaining = this.#remaining * 16 + hexValue(byte);
      return undefined;
    }
    if (this.#digits === 0) return BAD_SIZE;
    if (byte === CR) this.#position = 'size_end';
    else if (byte === SEMICOLON) {
      this.#position = 'extension';
      this.#extension = ';';
    } else return byte === LF ? BAD_LINE_END : BAD_SIZE;
    return undefined;
  }

  #takeExtension(byte: number): BadMessage | undefined {
    if (byte === CR) {
      this.#position = 'size_end';
      return EXTENSIONS.test(this.#extension) ? undefined : BAD_EXTENSION;
    }
    if ((kindsOf(byte) & VALUE) === 0) return byte === LF ? BAD_LINE_END : BAD_EXTENSION;
    this.#extension += String.fromCharCode(byte);
    this.#extensionBytes++;
    const within = this.#extension.length <= LINE_EXTENSION_BYTES && this.#extensionBytes <= ALL_EXTENSION_BYTES;
    return within ? undefined : LONG_EXTENSION;
  }

  /**
   * Gathers the trailer section until its empty line, then checks it as fields. Kept with the line end before it, so that
   * an empty section and a full one end alike, in two line ends.
   */
  #takeTrailer(bytes: Buffer, at: number): NextByte {
    const before = this.#trailer.length;
    const most = TRAILER_BYTES + LINE_END.length * 2;
    const trailer = Buffer.concat([this.#trailer, bytes.subarray(at, at + most - before)]);
    this.#trailer = trailer;
    const end = trailer.indexOf('\r\n\r\n', Math.max(0, before - 3), 'latin1');
    if (end === -1) {
      if (trailer.length >= most) return LONG_TRAILER;
      return typeof countLineEnds(trailer, before) === 'number' ? bytes.length : BAD_LINE_END;
    }
    const fields = readFields(trailer.toString('latin1', LINE_END.length, end + LINE_END.length), 0, TRAILER_LINES);
    if ('kind' in fields) return { ...fields, rule: 'H6', status: 400 };
    if (fields.some(([name]) => NOT_IN_TRAILERS.has(name.toLowerCase()))) return FRAMING_TRAILER;
    this.#position = 'over';
    return at + end + LINE_END.length * 2 - before;
  }
}

function hexValue(byte: number): number {
  // '0'–'9' are 30–39; letters of either case have their value less nine in the low four bits.
  return byte <= 0x39 ? byte - 0x30 : (byte & 0x0f) + 9;
}

/**
 * The payload of one read, in few pieces: 32, and two for each 4 KiB that was read. Chunks of single bytes would otherwise
 * become an object each, which takes a hundred times the room of what it holds.
 */
class Payload {
  readonly pieces: Buffer[] = [];
  readonly #most: number;
  /** Where short pieces are joined. */
  #room: Buffer | 'none' = 'none';
  #used = 0;
  /** Where the last piece begins in the room, if it is there. */
  #open: number | 'none' = 'none';

  /** `most`: how long all of it can be. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Adds a view of the bytes that were read. */
  add(piece: Buffer): void {
    const last = this.pieces.at(-1);
    if (last === undefined || this.pieces.length < PIECES || Math.max(last.length, piece.length) >= JOINED_BELOW) {
      this.pieces.push(piece);
      this.#open = 'none';
      return;
    }
    this.#room = this.#room === 'none' ? Buffer.allocUnsafe(this.#most) : this.#room;
    if (this.#open === 'none') {
      this.#open = this.#used;
      this.#used += last.copy(this.#room, this.#used);
    }
    this.#used += piece.copy(this.#room, this.#used);
    this.pieces[this.pieces.length - 1] = this.#room.subarray(this.#open, this.#used);
  }
}
