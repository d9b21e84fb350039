import { BLANK, kindsOf, TOKEN, VALUE } from './characters.js';
import type { BadMessage, Field, Framing, HeadProgress, HttpRule, HttpReading } from './types.js';

const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;
const END_OF_HEAD = '\r\n\r\n';

/** Makes the answer for a message that breaks a rule. */
export function bad(rule: HttpRule, detail: string, status: BadMessage['status'] = 400): BadMessage {
  return { kind: 'malformed', rule, status, detail };
}

/** How much of a head is taken before it is refused (rule H13). */
export interface HeadLimits {
  readonly bytes: number;
  readonly fieldLines: number;
}

/** A head of which nothing has come. */
export const NOTHING_READ: HeadProgress = { checked: 0, lines: 0 };

/**
 * Takes a head off the front of what has come so far: its text, up to and with the line end of its last line. Each byte
 * is one character of it (Latin-1), so that whatever is passed on is passed on byte by byte. While the head is incomplete,
 * its size, the number of its lines and stray line ends are checked. `progress`, from the last call, keeps what was checked
 * from being looked at again: a head that comes in single bytes would otherwise cost its size squared.
 */
export function takeHead(bytes: Buffer, limits: HeadLimits, progress: HeadProgress): HttpReading<string> {
  const window = bytes.length > limits.bytes ? bytes.subarray(0, limits.bytes) : bytes;
  // The end may have begun in what was checked.
  const end = window.indexOf(END_OF_HEAD, Math.max(0, progress.checked - END_OF_HEAD.length + 1), 'latin1');
  if (end !== -1) {
    return { kind: 'whole', value: bytes.toString('latin1', 0, end + 2), length: end + END_OF_HEAD.length };
  }
  const ends = countLineEnds(window, progress.checked);
  if (typeof ends !== 'number') return ends;
  const lines = progress.lines + ends;
  // The first line is not a field line.
  if (lines > limits.fieldLines + 1) return tooManyLines(limits.fieldLines);
  if (bytes.length >= limits.bytes) return bad('H13', 'the head is larger than the limit', 431);
  return { kind: 'partial', progress: { checked: window.length, lines } };
}

/**
 * Counts the line ends after the first `checked` bytes. Malformed: a line end that is not CR LF, or a NUL, which no head may
 * hold (rule H1).
 */
export function countLineEnds(bytes: Buffer, checked: number): number | BadMessage {
  let count = 0;
  for (let at = bytes.indexOf(LF, checked); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] !== CR) return BARE_LF;
    count++;
  }
  // What follows a CR at the end of what was checked had not come.
  for (let at = bytes.indexOf(CR, Math.max(0, checked - 1)); at !== -1; at = bytes.indexOf(CR, at + 1)) {
    if (at + 1 < bytes.length && bytes[at + 1] !== LF) return BARE_CR;
  }
  return bytes.includes(0, checked) ? CONTROL : count;
}

function tooManyLines(most: number): BadMessage {
  return bad('H13', `more than ${most} field lines`, 431);
}

const BARE_LF = bad('H1', 'a line ends in a bare line feed; lines end in CR LF');
const BARE_CR = bad('H1', 'a carriage return without its line feed; lines end in CR LF');
const CONTROL = bad('H1', 'a control byte in the head');

/**
 * Splits the field lines of a head's text that start at `from`, strictly (rules H1–H3, H13): no folding, names are
 * tokens with the colon right after them, values hold no control byte. Values lose the blanks around them, nothing else.
 */
export function readFields(text: string, from: number, most: number): readonly Field[] | BadMessage {
  const fields: Field[] = [];
  let at = from;
  while (at < text.length) {
    let colon = at;
    while ((kindsOf(text.charCodeAt(colon)) & TOKEN) !== 0) colon++;
    if (colon === at || text.charCodeAt(colon) !== COLON) return badName(text, at, colon);
    let start = colon + 1;
    while ((kindsOf(text.charCodeAt(start)) & BLANK) !== 0) start++;
    let lineEnd = start;
    while ((kindsOf(text.charCodeAt(lineEnd)) & VALUE) !== 0) lineEnd++;
    if (text.charCodeAt(lineEnd) !== CR || text.charCodeAt(lineEnd + 1) !== LF) return badByte(text.slice(lineEnd));
    let end = lineEnd;
    while (end > start && (kindsOf(text.charCodeAt(end - 1)) & BLANK) !== 0) end--;
    if (fields.length === most) return tooManyLines(most);
    fields.push([text.slice(at, colon), text.slice(start, end)]);
    at = lineEnd + 2;
  }
  return text.includes('\t') && TABBED_FRAMING.test(text) ? bad('H4', TABBED) : fields;
}

/** A tab is optional white space, and yet Node's reader takes `chunked` with a tab after it for another coding (rule H4). */
const TABBED_FRAMING = /^(?:content-length|transfer-encoding):(?: *\t|[^\r]*\t *\r)/im;
const TABBED = 'a tab beside the value of Content-Length or Transfer-Encoding';

/** Says which fault the first byte is that H1 forbids in a text that holds one. */
export function badByte(text: string): BadMessage {
  const [byte] = /[^\t\x20-\x7e\x80-\xff]/.exec(text) ?? [];
  if (byte === '\n') return BARE_LF;
  return byte === '\r' ? BARE_CR : CONTROL;
}

function badName(text: string, at: number, stop: number): BadMessage {
  const code = text.charCodeAt(stop);
  const blank = (kindsOf(code) & BLANK) !== 0;
  if (blank && stop === at) return bad('H2', 'a field is folded over two lines');
  if (blank) return bad('H3', 'white space between a field name and its colon');
  if (code !== COLON && (kindsOf(code) & VALUE) === 0 && code !== CR) return badByte(text.slice(stop));
  return bad('H3', 'a field line without a proper name and colon');
}

/** The values of every field of that name (given in lower case), in order. */
export function valuesOf(fields: readonly Field[], name: string): readonly string[] {
  const values: string[] = [];
  // Names have no case (RFC 9110 §5.1).
  for (const [sent, value] of fields)
    if (sent.length === name.length && sent.toLowerCase() === name) values.push(value);
  return values;
}

/**
 * RFC 9110 §5.6.1.2 has readers ignore empty elements of lists, "but not so much that they could be used as a denial-of-service
 * mechanism": 32 KiB of commas would cost as much as ten heads.
 */
const MOST_ELEMENTS = 100;

/** Whether a list that is read here, Connection or Via, has too many elements, empty ones among them (rule H13). */
export function findLongList(fields: readonly Field[]): BadMessage | 'none' {
  for (const name of ['connection', 'via'] as const) {
    let elements = 0;
    for (const value of valuesOf(fields, name)) {
      elements++;
      for (let at = value.indexOf(','); at !== -1 && elements <= MOST_ELEMENTS; at = value.indexOf(',', at + 1))
        elements++;
      if (elements > MOST_ELEMENTS) return LONG_LIST[name];
    }
  }
  return 'none';
}

const LONG_LIST = {
  connection: bad('H13', `more than ${MOST_ELEMENTS} elements in Connection`, 431),
  via: bad('H13', `more than ${MOST_ELEMENTS} elements in Via`, 431),
} as const;

/** What the Connection fields list, in lower case. */
export function connectionOptions(fields: readonly Field[]): ReadonlySet<string> {
  return new Set(elementsOf(valuesOf(fields, 'connection')).filter((option) => option !== ''));
}

/** The elements of fields that are comma-separated lists, in lower case (RFC 9110 §5.6.1). */
export function elementsOf(values: readonly string[]): readonly string[] {
  const elements: string[] = [];
  for (const value of values) {
    for (const element of value.toLowerCase().split(',')) elements.push(withoutBlanks(element));
  }
  return elements;
}

/** A text without the blanks and tabs around it: no other white space is optional. By hand, since a pattern would be quadratic. */
function withoutBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && (kindsOf(text.charCodeAt(start)) & BLANK) !== 0) start++;
  while (end > start && (kindsOf(text.charCodeAt(end - 1)) & BLANK) !== 0) end--;
  return text.slice(start, end);
}

/** Whether the sender keeps the connection open after this message (RFC 9112 §9.3). Proxy-Connection does not count. */
export function keepsAlive(fields: readonly Field[], version: '1.0' | '1.1'): boolean {
  const options = connectionOptions(fields);
  return !options.has('close') && (version === '1.1' || options.has('keep-alive'));
}

/**
 * How the fields delimit a body (rules H4, H5): one Content-Length of digits, or one Transfer-Encoding of exactly `chunked`,
 * never both. RFC 9112 §6 lets readers repair some of the rest; where two repair differently, requests are smuggled.
 */
export function statedFraming(
  fields: readonly Field[],
  version: '1.0' | '1.1',
): Exclude<Framing, { kind: 'none' | 'until_close' }> | { readonly kind: 'unstated' } | BadMessage {
  const lengths = valuesOf(fields, 'content-length');
  const codings = valuesOf(fields, 'transfer-encoding');
  const [coding] = codings;
  if (coding !== undefined) {
    if (lengths.length > 0) return bad('H4', 'both Content-Length and Transfer-Encoding; one of them delimits a body');
    if (version === '1.0') return bad('H5', 'Transfer-Encoding in HTTP/1.0');
    const chunked = codings.length === 1 && coding.toLowerCase() === 'chunked';
    return chunked ? { kind: 'chunked' } : bad('H5', "Transfer-Encoding is not exactly 'chunked', once");
  }
  const [length] = lengths;
  if (length === undefined) return { kind: 'unstated' };
  if (lengths.length > 1) return bad('H4', 'more than one Content-Length');
  return readLength(length);
}

function readLength(text: string): { readonly kind: 'length'; readonly length: number } | BadMessage {
  const length = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(length)
    ? { kind: 'length', length }
    : bad('H4', 'Content-Length is not a whole number in digits, up to 2^53-1');
}
