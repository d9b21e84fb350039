/** Heads of origins' answers as bytes, each with the rule it is about and what must become of it. */
import type { Framing, HttpRule } from '../../../lib/protocol/http/index.js';
import { head } from './vectors.js';

/** An answer to a request of that method: how its body is delimited, or that it is refused. */
export interface ResponseVector {
  readonly rule: HttpRule;
  readonly name: string;
  readonly method: string;
  readonly bytes: Buffer;
  readonly expect: Framing | 'malformed';
}

const NONE: Framing = { kind: 'none' };
const FIVE: Framing = { kind: 'length', length: 5 };
const CHUNKED: Framing = { kind: 'chunked' };
const UNTIL_CLOSE: Framing = { kind: 'until_close' };
const OK = 'HTTP/1.1 200 OK';

function to(
  method: string,
  expect: ResponseVector['expect'],
  rule: HttpRule,
  name: string,
  ...lines: readonly string[]
): ResponseVector {
  return { rule, name, method, bytes: head(...lines), expect };
}

const reads = (expect: Framing, rule: HttpRule, name: string, ...lines: readonly string[]): ResponseVector =>
  to('GET', expect, rule, name, ...lines);
const refuses = (rule: HttpRule, name: string, ...lines: readonly string[]): ResponseVector =>
  to('GET', 'malformed', rule, name, ...lines);
const refusesBytes = (rule: HttpRule, name: string, text: string): ResponseVector => ({
  ...{ rule, name, method: 'GET', expect: 'malformed' },
  bytes: Buffer.from(text, 'latin1'),
});

/** Every response vector. */
export const RESPONSE_VECTORS: readonly ResponseVector[] = [
  reads(FIVE, 'H4', 'a Content-Length', OK, 'Content-Length: 5'),
  reads(CHUNKED, 'H5', 'chunked', OK, 'Transfer-Encoding: chunked'),
  reads(UNTIL_CLOSE, 'H4', 'no framing at all', OK),
  reads(UNTIL_CLOSE, 'H4', 'HTTP/1.0', 'HTTP/1.0 404 Not Found', 'Server: x'),
  to('HEAD', { kind: 'none', announcedLength: 5 }, 'H4', 'an answer to HEAD', OK, 'Content-Length: 5'),
  to('HEAD', NONE, 'H5', 'an answer to HEAD, chunked', OK, 'Transfer-Encoding: chunked'),
  to('HEAD', NONE, 'H4', 'an answer to HEAD without framing', OK),
  reads({ kind: 'none', announcedLength: 5 }, 'H4', '304', 'HTTP/1.1 304 Not Modified', 'Content-Length: 5'),
  reads(NONE, 'H4', '204', 'HTTP/1.1 204 No Content'),
  reads(NONE, 'H4', '204 with Content-Length: 0', 'HTTP/1.1 204 No Content', 'Content-Length: 0'),
  refuses('H4', '204 with a body', 'HTTP/1.1 204 No Content', 'Content-Length: 5'),
  refuses('H4', '204 with chunks', 'HTTP/1.1 204 No Content', 'Transfer-Encoding: chunked'),
  reads(NONE, 'H12', '100', 'HTTP/1.1 100 Continue'),
  reads(NONE, 'H12', '103', 'HTTP/1.1 103 Early Hints', 'Link: </a>'),
  reads(NONE, 'H11', '101', 'HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket'),
  refuses('H4', '100 with a body', 'HTTP/1.1 100 Continue', 'Content-Length: 5'),
  refuses('H4', 'Content-Length with Transfer-Encoding', OK, 'Content-Length: 5', 'Transfer-Encoding: chunked'),
  refuses('H4', 'two different Content-Lengths', OK, 'Content-Length: 5', 'Content-Length: 6'),
  refuses('H4', 'the same Content-Length twice', OK, 'Content-Length: 5', 'Content-Length: 5'),
  refuses('H4', 'a Content-Length that is a list', OK, 'Content-Length: 5, 5'),
  refuses('H4', 'a Content-Length with a sign', OK, 'Content-Length: +5'),
  to('HEAD', 'malformed', 'H4', 'an answer to HEAD with both', OK, 'Content-Length: 5', 'Transfer-Encoding: chunked'),
  refuses('H5', 'another coding before chunked', OK, 'Transfer-Encoding: gzip, chunked'),
  refuses('H5', 'identity', OK, 'Transfer-Encoding: identity'),
  refuses('H5', 'chunked twice', OK, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
  refuses('H5', 'chunked in HTTP/1.0', 'HTTP/1.0 200 OK', 'Transfer-Encoding: chunked'),
  refusesBytes('H1', 'bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 5\n\n'),
  refusesBytes('H1', 'a bare line feed behind a field', 'HTTP/1.1 200 OK\r\nContent-Length: 5\nA: b\r\n\r\n'),
  refusesBytes('H1', 'a bare carriage return in a field', 'HTTP/1.1 200 OK\r\nContent-Length: 5\rA: b\r\n\r\n'),
  refuses('H1', 'a NUL in a value', OK, 'A: b\0'),
  refuses('H1', 'a control byte in the reason', 'HTTP/1.1 200 O\x08K', 'Content-Length: 5'),
  refuses('H2', 'a folded field', OK, 'A: b', ' c'),
  refuses('H3', 'a space before the colon', OK, 'Content-Length : 5'),
  reads(FIVE, 'H7', 'an empty reason', 'HTTP/1.1 200 ', 'Content-Length: 5'),
  reads(FIVE, 'H7', 'bytes above 7F in the reason', 'HTTP/1.1 200 D\xe9j\xe0', 'Content-Length: 5'),
  refuses('H7', 'no space after the status', 'HTTP/1.1 200', 'Content-Length: 5'),
  refuses('H7', 'two spaces before the status', 'HTTP/1.1  200 OK', 'Content-Length: 5'),
  refuses('H7', 'a status of two digits', 'HTTP/1.1 20 OK', 'Content-Length: 5'),
  refuses('H7', 'a status of four digits', 'HTTP/1.1 2000 OK', 'Content-Length: 5'),
  refuses('H7', 'a status below 100', 'HTTP/1.1 099 OK', 'Content-Length: 5'),
  refuses('H7', 'a status above 599', 'HTTP/1.1 600 OK', 'Content-Length: 5'),
  refuses('H7', 'HTTP/2', 'HTTP/2 200 OK', 'Content-Length: 5'),
  refuses('H7', 'HTTP/1.2', 'HTTP/1.2 200 OK', 'Content-Length: 5'),
  refuses('H7', 'lower case', 'http/1.1 200 OK', 'Content-Length: 5'),
  refuses('H7', 'an empty line before the answer', '', OK, 'Content-Length: 5'),
  refusesBytes('H7', 'a mail server', '220 mail.example ESMTP\r\n'),
  refusesBytes('H7', 'a TLS alert', '\x15\x03\x01\0\x02\x02\x46'),
  refuses('H13', 'a head of more than 64 KiB', OK, `A: ${'b'.repeat(65_536)}`),
  refuses('H13', 'more than 250 fields', OK, ...Array.from({ length: 251 }, (_, n) => `A${n}: b`)),
];
