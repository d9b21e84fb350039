import { FOREIGN, malformed, type Reading } from '../index.js';

/** The software that one end names (RFC 4253 §4.2). */
export interface Identification {
  /** Without the comments after it. Printable ASCII. */
  readonly softwareVersion: string;
}

/** With the line's end (RFC 4253 §4.2). */
const LINE_BYTES = 255;
/** What a server may say before its identification; OpenSSH's client reads up to 1,024 lines, and no server sends that many. */
const LINES_BEFORE = 50;
const BYTES_BEFORE = 16_384;

const START = Buffer.from('SSH-', 'latin1');
const LF = 0x0a;
const NUL = 0x00;

/** `SSH-protoversion-softwareversion SP comments`. The minus that §4.2 forbids in a software version is sent by some (Cisco-1.25). */
const LINE = /^SSH-([!-,.-~]+)-([!-~]+)(?: [ -~]*)?$/;

const STRAY = malformed('the identification holds a byte that is not printable ASCII');
const LONG = malformed('the identification is longer than 255 bytes');
const SHAPE = malformed('the identification is not SSH-version-software');
const VERSION_1 = malformed('speaks SSH version 1 only; version 2 is required');
const OTHER_VERSION = malformed('speaks a version of SSH that is neither 2.0 nor 1.99');
const TOO_MUCH_BEFORE = malformed('more than 50 lines or 16 KiB before the identification');

/**
 * Reads the identification of one end of a connection, from its first byte on. `length` includes the lines that a server
 * may send before it, all in one go; a client may send none. `foreign` comes at the first byte that shows it. Each line ends
 * in LF, with or without CR, as OpenSSH reads it; a CR elsewhere is refused, since readers differ in what it ends.
 */
export function readIdentification(bytes: Buffer, from: 'client' | 'server'): Reading<Identification> {
  return identificationReader(from)(bytes);
}

/**
 * The same for bytes that are still coming: the reader is called with all of them each time, and reads a line before the
 * identification once only.
 */
export function identificationReader(from: 'client' | 'server'): (bytes: Buffer) => Reading<Identification> {
  let start = 0;
  let lines = 0;
  return (bytes) => {
    for (;;) {
      const next = readLineBefore(bytes, start, lines, from);
      if (typeof next !== 'number') return next;
      start = next;
      lines += 1;
    }
  };
}

/** Reads the line at `start`: the identification, or a line before it, of which it gives the start of the next. */
function readLineBefore(
  bytes: Buffer,
  start: number,
  lines: number,
  from: 'client' | 'server',
): Reading<Identification> | number {
  const opening = bytes.subarray(start, start + START.length);
  if (opening.equals(START)) return readLine(bytes, start);
  if (opening.equals(START.subarray(0, opening.length))) return more(bytes);
  if (from === 'client') return FOREIGN;
  const end = bytes.indexOf(LF, start);
  const line = bytes.subarray(start, end === -1 ? bytes.length : end);
  // Text in any encoding that is ASCII's superset: a NUL or a CR within shows another protocol, such as a TLS alert.
  if (line.includes(NUL) || line.subarray(0, -1).includes('\r')) return FOREIGN;
  if (lines >= LINES_BEFORE || start + line.length >= BYTES_BEFORE) return TOO_MUCH_BEFORE;
  return end === -1 ? more(bytes) : end + 1;
}

function readLine(bytes: Buffer, start: number): Reading<Identification> {
  const within = bytes.subarray(start, start + LINE_BYTES);
  const end = within.indexOf(LF);
  const line = within.toString('latin1', 0, end === -1 ? within.length : end).replace(/\r$/, '');
  if (/[^ -~]/.test(line)) return STRAY;
  if (end === -1) return within.length < LINE_BYTES ? more(bytes) : LONG;
  const [, version = '', softwareVersion = ''] = LINE.exec(line) ?? [];
  if (version === '') return SHAPE;
  // 1.99: version 2, by an end that speaks version 1 too (RFC 4253 §5.1).
  if (version !== '2.0' && version !== '1.99') return version.startsWith('1.') ? VERSION_1 : OTHER_VERSION;
  return { kind: 'whole', value: { softwareVersion }, length: start + end + 1 };
}

function more(bytes: Buffer): Reading<never> {
  return { kind: 'partial', need: bytes.length + 1 };
}
