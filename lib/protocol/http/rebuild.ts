import { isFieldValue, isPathAndQuery, isToken } from './characters.js';
import { connectionOptions, elementsOf, valuesOf } from './head.js';
import type { Field, Framing, OutgoingRequest, OutgoingResponse } from './types.js';

/** Fields that belong to one connection, or to a proxy and not to the origin (rule H10; RFC 9110 §7.6.1, §11.7). */
const STOP_HERE: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'http2-settings'],
  ...['proxy-authenticate', 'proxy-authorization', 'proxy-authentication-info'],
  // The mark of our own answers.
  'x-tidegate-attempt',
]);
/** A Proxy-Status (RFC 9209) with a member of our name: an origin has none to give. */
const OUR_STATUS = /(?:^|,)[ \t]*"?tidegate"?[ \t]*(?:[;,]|$)/i;
/** Fields that the rebuilder alone writes: from the target and from the framing that was read, never from what was sent. */
const OURS: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding']);

/** The reason phrases of RFC 9110 §15 and the IANA registry, for origins that give none that a client could show. */
const PHRASES: ReadonlyMap<number, string> = new Map(
  `
    100 Continue, 101 Switching Protocols, 102 Processing, 103 Early Hints,
    200 OK, 201 Created, 202 Accepted, 203 Non-Authoritative Information, 204 No Content, 205 Reset Content,
    206 Partial Content, 207 Multi-Status, 208 Already Reported, 226 IM Used,
    300 Multiple Choices, 301 Moved Permanently, 302 Found, 303 See Other, 304 Not Modified, 305 Use Proxy,
    307 Temporary Redirect, 308 Permanent Redirect,
    400 Bad Request, 401 Unauthorized, 402 Payment Required, 403 Forbidden, 404 Not Found,
    405 Method Not Allowed, 406 Not Acceptable, 407 Proxy Authentication Required, 408 Request Timeout,
    409 Conflict, 410 Gone, 411 Length Required, 412 Precondition Failed, 413 Content Too Large,
    414 URI Too Long, 415 Unsupported Media Type, 416 Range Not Satisfiable, 417 Expectation Failed,
    421 Misdirected Request, 422 Unprocessable Content, 423 Locked, 424 Failed Dependency, 425 Too Early,
    426 Upgrade Required, 428 Precondition Required, 429 Too Many Requests,
    431 Request Header Fields Too Large, 451 Unavailable For Legal Reasons,
    500 Internal Server Error, 501 Not Implemented, 502 Bad Gateway, 503 Service Unavailable,
    504 Gateway Timeout, 505 HTTP Version Not Supported, 506 Variant Also Negotiates, 507 Insufficient Storage,
    508 Loop Detected, 511 Network Authentication Required
  `
    .split(',')
    .map((entry) => entry.trim())
    .map((entry): [number, string] => [Number(entry.slice(0, 3)), entry.slice(4)]),
);

/** The end of a chunk's data on the wire. */
export const CHUNK_TAIL: Buffer = Buffer.from('\r\n', 'latin1');
/** The last chunk of a body, with no trailer section. */
export const LAST_CHUNK: Buffer = Buffer.from('0\r\n\r\n', 'latin1');

/** The line before a chunk of that many bytes. 0 would be the last chunk, and is a bug. */
export function chunkHead(length: number): Buffer {
  if (!Number.isSafeInteger(length) || length < 1) throw new RangeError(`no chunk has ${length} bytes`);
  return Buffer.from(`${length.toString(16)}\r\n`, 'latin1');
}

/**
 * The fields for the next hop, in their order, case and number (rule H10): without hop-by-hop and proxy ones,
 * without what Connection lists, and without Host, Content-Length and Transfer-Encoding, which are written again from what was
 * read. What marks our own answers goes too, so that no origin's looks like one of them.
 */
export function endToEndFields(fields: readonly Field[]): Field[] {
  const listed = connectionOptions(fields);
  return fields.filter(([sent, value]) => {
    const name = sent.toLowerCase();
    if (name === 'proxy-status' && OUR_STATUS.test(value)) return false;
    // Connection cannot take Via away: it shows a loop.
    return !STOP_HERE.has(name) && !OURS.has(name) && (name === 'via' || !listed.has(name));
  });
}

/** Counts one hop off Max-Forwards, which means something for OPTIONS only here (RFC 9110 §7.6.2; TRACE is refused). */
export function oneHopLess(method: string, fields: readonly Field[]): readonly Field[] {
  if (method !== 'OPTIONS') return fields;
  return fields.map(([name, value]) => [
    name,
    name.toLowerCase() === 'max-forwards' ? String(Math.max(0, Number(value) - 1)) : value,
  ]);
}

/** What to add to a message for the next hop: who passed it on, and the version it came in (RFC 9110 §7.6.3). */
export function viaField(version: '1.0' | '1.1', pseudonym: string): Field {
  return ['Via', `${version} ${pseudonym}`];
}

/** Whether a message has come through a proxy of that pseudonym before: then it runs in a loop. Ask of the fields as read. */
export function hasPassedThrough(fields: readonly Field[], pseudonym: string): boolean {
  const wanted = pseudonym.toLowerCase();
  return elementsOf(valuesOf(fields, 'via')).some((hop) => hop.split(/[ \t]+/, 2)[1] === wanted);
}

/**
 * Writes a request's head for its origin from its parts, with end-to-end fields only. Throws where a part could break the
 * message or contradict its framing: nothing that was read by this room can, so that is a bug.
 */
export function formatRequestHead({ method, originForm, host, fields, framing }: OutgoingRequest): Buffer {
  if (!isToken(method)) throw new Error('a method that is not a token');
  if (originForm === '' || !isPathAndQuery(originForm)) throw new Error('a target with a byte that no target holds');
  if (framing.kind === 'until_close') throw new Error('no request ends with its connection');
  const lines = [
    `${method} ${originForm} HTTP/1.1`,
    fieldLine('Host', host),
    ...endToEndLines(fields),
    ...framingLines(framing),
  ];
  return inBytes(lines);
}

/**
 * Writes a response's head for a client from its parts; give end-to-end fields, and our own. Always HTTP/1.1 and
 * always with a reason in printable ASCII (Halibut and SSH.NET hang without one): a standard phrase takes the place of an
 * empty or unprintable one. Throws where a part could break the message: a bug, as above.
 */
export function formatResponseHead({ status, reason, fields, framing, keepAlive }: OutgoingResponse): Buffer {
  if (!Number.isInteger(status) || status < 100 || status > 599) throw new RangeError(`no status ${status}`);
  const bodiless = status < 200 || status === 204;
  if (bodiless && framing.kind !== 'none') throw new Error(`a body for status ${status}`);
  const lines = [`HTTP/1.1 ${status} ${printable(reason, status)}`, ...endToEndLines(fields), ...framingLines(framing)];
  // An interim response says nothing of the connection: the final one does.
  if (status >= 200) lines.push(`Connection: ${keepAlive && framing.kind !== 'until_close' ? 'keep-alive' : 'close'}`);
  return inBytes(lines);
}

function framingLines(framing: Framing): readonly string[] {
  switch (framing.kind) {
    case 'none':
      return framing.announcedLength === undefined ? [] : [contentLength(framing.announcedLength)];
    case 'length':
      return [contentLength(framing.length)];
    case 'chunked':
      return ['Transfer-Encoding: chunked'];
    case 'until_close':
      return [];
  }
}

function contentLength(length: number): string {
  if (!Number.isSafeInteger(length) || length < 0) throw new RangeError(`no body has ${length} bytes`);
  return `Content-Length: ${length}`;
}

function endToEndLines(fields: readonly Field[]): readonly string[] {
  return fields.map(([name, value]) => {
    const lower = name.toLowerCase();
    if (OURS.has(lower) || lower === 'connection') throw new Error(`the field ${lower} is written from the framing`);
    return fieldLine(name, value);
  });
}

function fieldLine(name: string, value: string): string {
  if (!isToken(name)) throw new Error('a field name that is not a token');
  if (!isFieldValue(value)) throw new Error(`a byte that no field holds, in ${name.toLowerCase()}`);
  return `${name}: ${value}`;
}

function printable(reason: string, status: number): string {
  const shown = /^[ -~]*$/.test(reason) ? reason.trim() : '';
  return shown === '' ? (PHRASES.get(status) ?? 'Unassigned') : shown;
}

function inBytes(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
