import { HEX, kindsOf, VALUE } from './characters.js';
import { bad, findStray, readFields } from './head.js';
import type { BadMessage, BodyReader, BodyStep, Framing } from './types.js';

/** Thirteen hex digits stay below 2^53: a size is exact. */
const SIZE_DIGITS = 13;
const LINE_EXTENSION_BYTES = 1024;
/** For a whole body: extensions mean nothing to us, and one on every chunk is a way to keep a proxy busy. */
const ALL_EXTENSION_BYTES = 16_384;
const TRAILER_BYTES = 8192;
const TRAILER_LINES = 50;

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
 * Makes a reader of one body as its head delimits it. Feed it what comes off the wire until it answers `whole`, and not
 * after; what it did not take is `rest`. Payload pieces are views of the bytes handed in, never copies. A body without
 * bytes is `whole` on the first read, of even an empty buffer.
 */
export function createBodyReader(framing: Framing): BodyReader {
  switch (framing.kind) {
    case 'none':
      return createLengthReader(0);
    case 'length':
      return createLengthReader(framing.length);
    case 'chunked':
      return createChunkedReader();
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

interface ChunkedState {
  position: ChunkPosition;
  size: number;
  digits: number;
  /** Bytes of this chunk's data still to come. */
  remaining: number;
  /** What has come of this line's extensions, from the semicolon on. */
  extension: string;
  /** How many bytes of extensions this body has had. */
  extensionBytes: number;
  /** What has come of the trailer section, `CR LF` of the last chunk's line first. */
  trailer: Buffer;
}

/** What a place made of the bytes from `at` on: where the next one stands, or what is wrong. */
type NextByte = number | BadMessage;

/**
 * Makes a reader of one chunked body, strictly (rule H6): sizes of 1 to 13 hex digits with nothing before or after them,
 * CR LF only. Extensions and trailers are checked, bounded and dropped. Payload pieces are views of the bytes handed in.
 */
function createChunkedReader(): BodyReader {
  const state: ChunkedState = {
    ...{ position: 'size', size: 0, digits: 0, remaining: 0, extension: '', extensionBytes: 0 },
    trailer: LINE_END,
  };
  return {
    read: (bytes) => readPiece(state, bytes),
    ended: () => (state.position === 'over' ? 'whole' : 'cut_short'),
  };
}

const LINE_END = Buffer.from('\r\n', 'latin1');

function readPiece(state: ChunkedState, bytes: Buffer): BodyStep {
  const payload: Buffer[] = [];
  let at = 0;
  while (at < bytes.length && state.position !== 'over') {
    const step = state.position === 'data' ? takeData(state, bytes, at, payload) : takeByte(state, bytes, at);
    if (typeof step !== 'number') return step;
    at = step;
  }
  if (state.position !== 'over') return { kind: 'more', payload };
  return { kind: 'whole', payload, rest: bytes.subarray(at) };
}

function takeData(state: ChunkedState, bytes: Buffer, at: number, payload: Buffer[]): number {
  const end = Math.min(bytes.length, at + state.remaining);
  payload.push(bytes.subarray(at, end));
  state.remaining -= end - at;
  if (state.remaining === 0) state.position = 'data_cr';
  return end;
}

function takeByte(state: ChunkedState, bytes: Buffer, at: number): NextByte {
  const byte = bytes[at] ?? 0;
  switch (state.position) {
    case 'size':
      return takeSize(state, byte, at);
    case 'extension':
      return takeExtension(state, byte, at);
    case 'size_end':
      return byte === LF ? startChunk(state, at) : BAD_LINE_END;
    case 'data_cr':
      state.position = 'data_lf';
      return byte === CR ? at + 1 : BAD_LINE_END;
    case 'data_lf':
      state.position = 'size';
      return byte === LF ? at + 1 : BAD_LINE_END;
    case 'trailer':
      return takeTrailer(state, bytes, at);
    case 'data':
    case 'over':
      throw new Error(`no single byte is read at ${state.position}`);
  }
}

function takeSize(state: ChunkedState, byte: number, at: number): NextByte {
  if ((kindsOf(byte) & HEX) !== 0) {
    if (state.digits === SIZE_DIGITS) return BAD_SIZE;
    state.digits++;
    state.size = state.size * 16 + hexValue(byte);
    return at + 1;
  }
  if (state.digits === 0) return BAD_SIZE;
  if (byte === CR) state.position = 'size_end';
  else if (byte === SEMICOLON) {
    state.position = 'extension';
    state.extension = ';';
  } else return byte === LF ? BAD_LINE_END : BAD_SIZE;
  return at + 1;
}

function takeExtension(state: ChunkedState, byte: number, at: number): NextByte {
  if (byte === CR) {
    state.position = 'size_end';
    return EXTENSIONS.test(state.extension) ? at + 1 : BAD_EXTENSION;
  }
  if ((kindsOf(byte) & VALUE) === 0) return byte === LF ? BAD_LINE_END : BAD_EXTENSION;
  state.extension += String.fromCharCode(byte);
  state.extensionBytes++;
  const within = state.extension.length <= LINE_EXTENSION_BYTES && state.extensionBytes <= ALL_EXTENSION_BYTES;
  return within ? at + 1 : LONG_EXTENSION;
}

function startChunk(state: ChunkedState, at: number): NextByte {
  state.remaining = state.size;
  state.position = state.size === 0 ? 'trailer' : 'data';
  state.size = 0;
  state.digits = 0;
  state.extension = '';
  return at + 1;
}

/**
 * Gathers the trailer section until its empty line, then checks it as fields. Kept with the line end before it, so that an
 * empty section and a full one end alike, in two line ends.
 */
function takeTrailer(state: ChunkedState, bytes: Buffer, at: number): NextByte {
  const room = TRAILER_BYTES + LINE_END.length * 2 - state.trailer.length;
  const before = state.trailer.length;
  state.trailer = Buffer.concat([state.trailer, bytes.subarray(at, at + room)]);
  const end = state.trailer.indexOf('\r\n\r\n', Math.max(0, before - 3), 'latin1');
  if (end === -1) {
    if (state.trailer.length >= TRAILER_BYTES + LINE_END.length * 2) return LONG_TRAILER;
    return findStray(state.trailer, before - 1) === 'none' ? bytes.length : BAD_LINE_END;
  }
  const fields = readFields(state.trailer.toString('latin1', LINE_END.length, end + LINE_END.length), 0, TRAILER_LINES);
  if ('kind' in fields) return { ...fields, rule: 'H6', status: 400 };
  if (fields.some(([name]) => NOT_IN_TRAILERS.has(name.toLowerCase()))) return FRAMING_TRAILER;
  state.position = 'over';
  return at + end + LINE_END.length * 2 - before;
}

function hexValue(byte: number): number {
  // '0'–'9' are 30–39; letters of either case have their value less nine in the low four bits.
  return byte <= 0x39 ? byte - 0x30 : (byte & 0x0f) + 9;
}
