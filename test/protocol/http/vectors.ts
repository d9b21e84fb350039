/**
 * Requests as bytes, each with the rule it is about and what must become of its head: data for this room's tests and for
 * those that speak to a running proxy over a socket. A vector that is `accepted` is a whole head and nothing after it.
 */
import type { HttpRule } from '../../../lib/protocol/http/index.js';

/** What must become of a head: taken, or answered with this status. */
export interface Vector {
  readonly rule: HttpRule;
  readonly name: string;
  readonly bytes: Buffer;
  readonly expect: { readonly status: number } | 'accepted';
}

const TARGET = 'http://origin.example/';
const LINE = `GET ${TARGET} HTTP/1.1`;
const HOST = 'Host: origin.example';

/** A head of these lines, each ended by CR LF, and the empty line. One byte per character. */
export function head(...lines: readonly string[]): Buffer {
  return Buffer.from([...lines, '', ''].join('\r\n'), 'latin1');
}

function refused(status: number, rule: HttpRule, name: string, ...lines: readonly string[]): Vector {
  return { rule, name, bytes: head(...lines), expect: { status } };
}

function refusedBytes(status: number, rule: HttpRule, name: string, text: string): Vector {
  return { rule, name, bytes: Buffer.from(text, 'latin1'), expect: { status } };
}

function accepted(rule: HttpRule, name: string, ...lines: readonly string[]): Vector {
  return { rule, name, bytes: head(...lines), expect: 'accepted' };
}

const connect = (authority: string): string[] => [`CONNECT ${authority} HTTP/1.1`, `Host: ${HOST_OF_TUNNEL}`];
const HOST_OF_TUNNEL = 'origin.example:443';
const get = (target: string): string[] => [`GET ${target} HTTP/1.1`, HOST];
const post = (...fields: readonly string[]): string[] => [`POST ${TARGET} HTTP/1.1`, HOST, ...fields];

/** Who the request is for (rules A1–A5, A10, A11). */
export const TARGET_VECTORS: readonly Vector[] = [
  accepted('A1', 'CONNECT names host and port', ...connect('origin.example:443')),
  refused(400, 'A1', 'CONNECT without a port', ...connect('origin.example')),
  refused(400, 'A1', 'CONNECT with an empty port', ...connect('origin.example:')),
  refused(400, 'A1', 'CONNECT with port 0', ...connect('origin.example:0')),
  refused(400, 'A1', 'CONNECT with a leading zero in the port', ...connect('origin.example:0443')),
  refused(400, 'A1', 'CONNECT with port 65536', ...connect('origin.example:65536')),
  refused(400, 'A1', 'a URI with an empty port', ...get('http://origin.example:/')),
  refused(400, 'A2', 'a percent-encoded host', ...connect('origin%2eexample:443')),
  refused(400, 'A2', 'a host in UTF-8', ...connect('\xc3\xb6rigin.example:443')),
  refused(400, 'A2', 'an IPv6 literal without brackets (SSH.NET)', 'CONNECT 2001:db8::5:22 HTTP/1.0'),
  refused(400, 'A5', 'brackets round a name', ...connect('[origin.example]:443')),
  refused(400, 'A2', 'a URI whose host holds a backslash', ...get('http://origin.example\\evil.example/')),
  refused(400, 'A10', 'a backslash before user information', ...get('http://origin.example\\@evil.example/')),
  accepted('A3', 'one trailing dot and upper case', ...connect('ORIGIN.example.:443')),
  refused(400, 'A3', 'two trailing dots', ...connect('origin.example..:443')),
  refused(400, 'A3', 'an empty host', ...connect(':443')),
  refused(400, 'A3', 'a URI without a host', ...get('http:///x')),
  refused(400, 'A4', 'a decimal IPv4 number', ...connect('2130706433:443')),
  refused(400, 'A4', 'a hexadecimal IPv4 number', ...get('http://0x7f000001/')),
  refused(400, 'A4', 'an octal dotted quad', ...get('http://0177.0.0.1/')),
  refused(400, 'A4', 'a short dotted quad', ...get('http://127.1/')),
  accepted('A5', 'an IPv6 literal in brackets', 'CONNECT [2001:db8::1]:443 HTTP/1.1', 'Host: [2001:db8::1]:443'),
  refused(400, 'A5', 'an IPv6 literal with a zone', ...connect('[fe80::1%25eth0]:443')),
  refused(400, 'A5', 'an IPvFuture literal', ...connect('[v1.a]:443')),
  accepted('A10', 'an http URI', LINE, HOST),
  accepted('A10', 'a scheme in upper case, which has no case', ...get('HTTP://origin.example/')),
  accepted('A10', 'an empty path', ...get('http://origin.example')),
  accepted('A10', 'an empty path before a query', ...get('http://origin.example?a=b')),
  accepted(
    'A10',
    'dots, double slashes and escapes in a path, all kept',
    ...get('http://origin.example//a/../%2e%2E/./b//'),
  ),
  accepted('A10', 'brackets in path and query, as .NET leaves them', ...get('http://origin.example/a[1]?f[x]=1')),
  refused(400, 'A10', 'an https URI', ...get('https://origin.example/')),
  refused(400, 'A10', 'an ftp URI', ...get('ftp://origin.example/')),
  refused(400, 'A10', 'a ws URI', ...get('ws://origin.example/')),
  refused(400, 'A10', 'user information', ...get('http://user:pw@origin.example/')),
  refused(400, 'A10', 'empty user information', ...get('http://@origin.example/')),
  refused(400, 'A10', 'a fragment', ...get('http://origin.example/a#b')),
  refused(400, 'A10', 'a fragment right after the authority', ...get('http://origin.example#b')),
  refused(400, 'A10', 'a backslash in the path', ...get('http://origin.example/a\\b')),
  refused(400, 'A10', 'a backslash in the query', ...get('http://origin.example/?a\\b')),
  accepted('A10', 'UTF-8 in path and query', ...get('http://origin.example/\xc3\xb6?\xe2\x82\xac=\xf0\x9f\x98\x80')),
  refused(400, 'A10', 'Latin-1 in the path', ...get('http://origin.example/\xf6')),
  refused(400, 'A10', 'an over-long slash in the path', ...get('http://origin.example/\xc0\xaf')),
  refused(400, 'A10', 'an over-long slash of three bytes', ...get('http://origin.example/\xe0\x80\xaf')),
  refused(400, 'A10', 'half a UTF-16 pair in UTF-8', ...get('http://origin.example/\xed\xa0\x80')),
  refused(400, 'A10', 'a code point beyond Unicode', ...get('http://origin.example/\xf4\x90\x80\x80')),
  refused(400, 'A10', 'UTF-8 that ends within a character', ...get('http://origin.example/\xe2\x82')),
  refused(400, 'A10', 'a next line (U+0085) in UTF-8', ...get('http://origin.example/\xc2\x85')),
  accepted('A10', 'quotation marks in the query', ...get('http://origin.example/?a="b"')),
  accepted('A10', 'what clients leave as it is', ...get('http://origin.example/a|b{c}<d>^`"?a|b{c}<d>^`"')),
  accepted('A10', 'a percent sign without hex digits', ...get('http://origin.example/100%')),
  accepted('A10', 'a percent sign with one hex digit', ...get('http://origin.example/%2?%zz')),
  refused(400, 'A2', 'UTF-8 in the host', ...get('http://origin.\xc3\xb6/')),
  refused(400, 'A2', 'a brace in the host', ...get('http://origin{.example/')),
  refused(400, 'A2', 'a percent sign in the host', ...get('http://origin%2eexample/')),
  accepted('A11', 'a Host that differs from the target, which decides', LINE, 'Host: other.example:8080'),
  accepted('A11', 'HTTP/1.0 without Host', `GET ${TARGET} HTTP/1.0`),
  refused(400, 'A11', 'HTTP/1.1 without Host', LINE),
  accepted('A11', 'CONNECT in HTTP/1.1 without Host', 'CONNECT origin.example:443 HTTP/1.1'),
  refused(400, 'A11', 'CONNECT with two Hosts', 'CONNECT origin.example:443 HTTP/1.1', HOST, HOST),
  refused(400, 'A11', 'two Hosts', LINE, HOST, HOST),
  refused(400, 'A11', 'two Hosts in HTTP/1.0', `GET ${TARGET} HTTP/1.0`, HOST, 'HOST: other.example'),
  refused(400, 'A11', 'an empty Host', LINE, 'Host:'),
  refused(400, 'A11', 'a Host that is a list', LINE, 'Host: origin.example, other.example'),
  refused(400, 'A11', 'a Host that is a URI', LINE, 'Host: http://origin.example'),
  refused(400, 'A11', 'a Host with user information', LINE, 'Host: user@origin.example'),
];

/** How the request is written (rules H1–H3, H7–H9, H13). */
export const FORM_VECTORS: readonly Vector[] = [
  refusedBytes(400, 'H1', 'bare line feeds', `${LINE}\n${HOST}\n\n`),
  refusedBytes(400, 'H1', 'a bare line feed after the request line', `${LINE}\n${HOST}\r\n\r\n`),
  refusedBytes(400, 'H1', 'a bare line feed behind a field', `${LINE}\r\n${HOST}\nA: b\r\n\r\n`),
  refusedBytes(400, 'H1', 'a bare carriage return in a value', `${LINE}\r\n${HOST}\r\nA: b\rc\r\n\r\n`),
  refusedBytes(400, 'H1', 'a carriage return too many', `${LINE}\r\r\n${HOST}\r\n\r\n`),
  refusedBytes(400, 'H1', 'CR LF CR and another byte', `${LINE}\r\n${HOST}\r\n\rX`),
  refused(400, 'H1', 'a NUL in a value', LINE, HOST, 'A: b\0c'),
  refused(400, 'H1', 'an escape in a value', LINE, HOST, 'A: \x1b[31m'),
  refused(400, 'H1', 'a DEL in a value', LINE, HOST, 'A: b\x7f'),
  refused(400, 'H1', 'a control byte in a field name', LINE, HOST, 'A\x01: b'),
  refused(400, 'H1', 'a control byte in the target', ...get('http://origin.example/\x0b')),
  accepted('H1', 'tabs and the bytes 80 to FF in a value', LINE, HOST, 'A: \xc3\xa9\tb\xff'),
  refused(400, 'H2', 'a folded field', LINE, HOST, 'A: b', ' c'),
  refused(400, 'H2', 'a field folded with a tab', LINE, HOST, 'A: b', '\tc'),
  refused(400, 'H2', 'a blank before the first field', LINE, ` ${HOST}`),
  refused(400, 'H3', 'a space before the colon', LINE, 'Host : origin.example'),
  refused(400, 'H3', 'a tab before the colon', LINE, HOST, 'Content-Length\t: 5'),
  refused(400, 'H3', 'a field line without a colon', LINE, HOST, 'garbage'),
  refused(400, 'H3', 'an empty field name', LINE, HOST, ': b'),
  refused(400, 'H3', 'a field name that is not a token', LINE, HOST, 'A(b): c'),
  refused(400, 'H3', 'a field name with a byte above 7F', LINE, HOST, 'H\xf6st: c'),
  accepted('H3', 'an empty value, and blanks around others', LINE, HOST, 'A:', 'B:c', 'D: \t e\t '),
  accepted('H3', 'names that objects have', LINE, HOST, '__proto__: a', 'constructor: b', 'toString: c'),
  refusedBytes(400, 'H7', 'a TLS handshake', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'),
  refusedBytes(400, 'H7', 'an SSH identification', 'SSH-2.0-OpenSSH_9.2p1\r\n'),
  refusedBytes(400, 'H7', 'a SOCKS5 greeting', '\x05\x01\0'),
  refusedBytes(400, 'H7', 'an empty line before the request', `\r\n${LINE}\r\n${HOST}\r\n\r\n`),
  refusedBytes(400, 'H7', 'a blank before the request', ` ${LINE}\r\n${HOST}\r\n\r\n`),
  refused(400, 'H7', 'two spaces before the target', `GET  ${TARGET} HTTP/1.1`, HOST),
  refused(400, 'H7', 'two spaces after the target', `GET ${TARGET}  HTTP/1.1`, HOST),
  refused(400, 'H7', 'a tab between method and target', `GET\t${TARGET} HTTP/1.1`, HOST),
  refused(400, 'H7', 'a space after the version', `${LINE} `, HOST),
  refused(400, 'H7', 'a space in the target', `GET ${TARGET}a b HTTP/1.1`, HOST),
  refused(400, 'H7', 'a lower-case protocol name', `GET ${TARGET} http/1.1`, HOST),
  refused(400, 'H7', 'a version that is none', `GET ${TARGET} HTTP/1.1x`, HOST),
  refused(505, 'H7', 'a version with two digits', `GET ${TARGET} HTTP/1.10`, HOST),
  refused(505, 'H7', 'HTTP/0.9', `GET ${TARGET}`),
  refused(505, 'H7', 'HTTP/1.2', `GET ${TARGET} HTTP/1.2`, HOST),
  refused(505, 'H7', 'HTTP/3', `GET ${TARGET} HTTP/3`, HOST),
  refusedBytes(505, 'H7', "HTTP/2's preface", 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  accepted('H8', 'a WebDAV method', `PROPFIND ${TARGET} HTTP/1.1`, HOST),
  accepted('H8', "Subversion's MERGE", `MERGE ${TARGET} HTTP/1.1`, HOST),
  refused(501, 'H8', 'PRI, which is registered and no request', `PRI ${TARGET} HTTP/1.1`, HOST),
  refused(405, 'H8', 'TRACE', `TRACE ${TARGET} HTTP/1.1`, HOST),
  refused(501, 'H8', 'an unknown method', `FETCH ${TARGET} HTTP/1.1`, HOST),
  refused(501, 'H8', 'a lower-case method', `get ${TARGET} HTTP/1.1`, HOST),
  refused(501, 'H8', 'CONNECT in mixed case', `Connect origin.example:443 HTTP/1.1`, HOST),
  refused(400, 'H9', 'origin-form', `GET / HTTP/1.1`, HOST),
  refused(400, 'H9', 'origin-form that looks like a URI', `GET /http://origin.example/ HTTP/1.1`, HOST),
  refused(400, 'H9', 'asterisk-form', 'OPTIONS * HTTP/1.1', HOST),
  refused(400, 'H9', 'authority-form without CONNECT', 'GET origin.example:80 HTTP/1.1', HOST),
  refused(400, 'H9', 'a URI without its slashes', 'GET http:origin.example HTTP/1.1', HOST),
  refused(400, 'H9', 'CONNECT with a URI', 'CONNECT http://origin.example:443 HTTP/1.1', HOST),
  refused(400, 'H9', 'CONNECT with a path', 'CONNECT origin.example:443/x HTTP/1.1', HOST),
  refused(431, 'H13', 'a request line of more than 8 KiB', `GET ${TARGET}${'a'.repeat(8192)} HTTP/1.1`, HOST),
  refused(431, 'H13', 'a head of more than 32 KiB', LINE, HOST, `A: ${'a'.repeat(32_768)}`),
  refusedBytes(431, 'H13', 'a head of 32 KiB with no end', `${LINE}\r\nA: ${'a'.repeat(32_768)}`),
  refusedBytes(431, 'H13', 'a request line with no end', `GET ${TARGET}${'a'.repeat(8192)}`),
  refused(431, 'H13', 'more than 100 fields', LINE, HOST, ...Array.from({ length: 100 }, (_, n) => `A${n}: b`)),
  accepted('H13', '100 fields', LINE, HOST, ...Array.from({ length: 99 }, (_, n) => `A${n}: b`)),
];

/** What the fields say of body, expectation and identity (rules H4, H5, H11, H12, H14, H17). */
export const MEANING_VECTORS: readonly Vector[] = [
  accepted('H4', 'a Content-Length', ...post('Content-Length: 5')),
  accepted('H4', 'the largest Content-Length', ...post('Content-Length: 9007199254740991')),
  refused(400, 'H4', 'a Content-Length of 2^53', ...post('Content-Length: 9007199254740992')),
  refused(400, 'H4', 'two different Content-Lengths', ...post('Content-Length: 5', 'Content-Length: 6')),
  refused(400, 'H4', 'the same Content-Length twice', ...post('Content-Length: 5', 'content-length: 5')),
  refused(400, 'H4', 'a Content-Length that is a list', ...post('Content-Length: 5, 5')),
  refused(400, 'H4', 'a Content-Length with a sign', ...post('Content-Length: +5')),
  refused(400, 'H4', 'a negative Content-Length', ...post('Content-Length: -5')),
  refused(400, 'H4', 'a hexadecimal Content-Length', ...post('Content-Length: 0x5')),
  refused(400, 'H4', 'an empty Content-Length', ...post('Content-Length:')),
  refused(
    400,
    'H4',
    'Content-Length with Transfer-Encoding',
    ...post('Content-Length: 5', 'Transfer-Encoding: chunked'),
  ),
  refused(400, 'H4', 'the same in the other order', ...post('Transfer-Encoding: chunked', 'Content-Length: 5')),
  refused(400, 'H4', 'a tab before a Content-Length', ...post('Content-Length:\t5')),
  refused(400, 'H4', 'a tab behind a Content-Length', ...post('Content-Length: 5 \t ')),
  refused(400, 'H4', 'a tab behind chunked', ...post('Transfer-Encoding: chunked\t')),
  accepted('H4', 'blanks around a Content-Length', ...post('Content-Length:  5 ')),
  accepted('H5', 'Transfer-Encoding: chunked', ...post('Transfer-Encoding: chunked')),
  accepted('H5', 'chunked in any case, since codings have none', ...post('Transfer-Encoding: Chunked')),
  refused(400, 'H5', 'chunked twice', ...post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')),
  refused(400, 'H5', 'chunked twice in one field', ...post('Transfer-Encoding: chunked, chunked')),
  refused(400, 'H5', 'another coding', ...post('Transfer-Encoding: gzip')),
  refused(400, 'H5', 'another coding before chunked', ...post('Transfer-Encoding: gzip, chunked')),
  refused(400, 'H5', 'identity', ...post('Transfer-Encoding: identity')),
  refused(400, 'H5', 'an unknown coding before chunked', ...post('Transfer-Encoding: x, chunked')),
  refused(400, 'H5', 'chunked in quotation marks', ...post('Transfer-Encoding: "chunked"')),
  refused(400, 'H5', 'an empty Transfer-Encoding', ...post('Transfer-Encoding:')),
  refused(400, 'H5', 'a vertical comma', ...post('Transfer-Encoding: chunked,')),
  refused(400, 'H5', 'HTTP/1.0', `POST ${TARGET} HTTP/1.0`, HOST, 'Transfer-Encoding: chunked'),
  accepted('H10', 'a Connection that lists framing and Host', LINE, HOST, 'Connection: Host, Content-Length, close'),
  accepted('H11', 'a wish to upgrade', LINE, HOST, 'Connection: Upgrade', 'Upgrade: websocket'),
  accepted('H12', 'Expect: 100-continue', ...post('Content-Length: 5', 'Expect: 100-Continue')),
  accepted('H12', '100-continue in HTTP/1.0', `POST ${TARGET} HTTP/1.0`, 'Content-Length: 5', 'Expect: 100-continue'),
  refused(417, 'H12', 'another expectation', ...post('Content-Length: 5', 'Expect: 200-ok')),
  refused(417, 'H12', 'two expectations', ...post('Content-Length: 5', 'Expect: 100-continue', 'Expect: 100-continue')),
  refused(417, 'H12', 'an expectation with more after it', ...post('Content-Length: 5', 'Expect: 100-continue, x')),
  accepted('H14', 'CONNECT with Content-Length: 0', ...connect('origin.example:443'), 'Content-Length: 0'),
  refused(400, 'H14', 'CONNECT with a body', ...connect('origin.example:443'), 'Content-Length: 5'),
  refused(400, 'H14', 'CONNECT with chunks', ...connect('origin.example:443'), 'Transfer-Encoding: chunked'),
  accepted('H17', 'credentials', LINE, HOST, 'Proxy-Authorization: Basic dTpw'),
  refused(
    400,
    'H17',
    'credentials twice',
    LINE,
    HOST,
    'Proxy-Authorization: Basic dTpw',
    'Proxy-Authorization: Basic dTpw',
  ),
];

/** Every request vector. */
export const VECTORS: readonly Vector[] = [...TARGET_VECTORS, ...FORM_VECTORS, ...MEANING_VECTORS];

/** A chunked body alone, from its first size on: what its payload is, or that it is refused (rule H6). */
export interface ChunkVector {
  readonly name: string;
  readonly bytes: Buffer;
  readonly expect: { readonly payload: string } | 'malformed';
}

function body(name: string, text: string, payload: string | undefined): ChunkVector {
  const expect = payload === undefined ? 'malformed' : { payload };
  return { name, bytes: Buffer.from(text, 'latin1'), expect };
}

const badChunk = (name: string, text: string): ChunkVector => body(name, text, undefined);
const LAST = '0\r\n\r\n';

/** Chunked bodies. */
export const CHUNK_VECTORS: readonly ChunkVector[] = [
  body('no chunk but the last', LAST, ''),
  body('one chunk', `5\r\nhello\r\n${LAST}`, 'hello'),
  body(
    'two chunks, sizes in hex of either case',
    `a\r\n0123456789\r\nA\r\n0123456789\r\n${LAST}`,
    '01234567890123456789',
  ),
  body('leading zeros', `0000000000005\r\nhello\r\n000\r\n\r\n`, 'hello'),
  body('extensions, dropped', `5;a=b;c="d \\"e;"\r\nhello\r\n0;x\r\n\r\n`, 'hello'),
  body('line ends in the data', `4\r\n\r\n\r\n\r\n${LAST}`, '\r\n\r\n'),
  body('trailers, dropped', `5\r\nhello\r\n0\r\nA: b\r\nC:\r\n\r\n`, 'hello'),
  badChunk('no size', `\r\nhello\r\n${LAST}`),
  badChunk('a size that is not hexadecimal', `g\r\nhello\r\n${LAST}`),
  badChunk('a size with 0x', `0x5\r\nhello\r\n${LAST}`),
  badChunk('a size with a sign', `+5\r\nhello\r\n${LAST}`),
  badChunk('a negative size', `-5\r\nhello\r\n${LAST}`),
  badChunk('a blank before the size', ` 5\r\nhello\r\n${LAST}`),
  badChunk('a blank after the size', `5 \r\nhello\r\n${LAST}`),
  badChunk('a blank before the extension', `5 ;a\r\nhello\r\n${LAST}`),
  badChunk('an underscore in the size', `1_0\r\n0123456789abcdef\r\n${LAST}`),
  badChunk('fourteen digits', `00000000000005\r\nhello\r\n${LAST}`),
  badChunk('a bare line feed after the size', `5\nhello\r\n${LAST}`),
  badChunk('a bare carriage return after the size', `5\rXhello\r\n${LAST}`),
  badChunk('a bare line feed after the data', `5\r\nhello\n${LAST}`),
  badChunk('data longer than its size', `5\r\nhello!\r\n${LAST}`),
  badChunk('data shorter than its size', `6\r\nhello\r\n${LAST}`),
  badChunk('a bare line feed in an extension', `5;a\nb\r\nhello\r\n${LAST}`),
  badChunk('a NUL in an extension', `5;a\0b\r\nhello\r\n${LAST}`),
  badChunk('an extension without a name', `5;=b\r\nhello\r\n${LAST}`),
  badChunk('an empty extension', `5;\r\nhello\r\n${LAST}`),
  badChunk('an extension with a slash', `5;a/b\r\nhello\r\n${LAST}`),
  badChunk('an extension with a quotation mark left open', `5;a="b\r\nhello\r\n${LAST}`),
  badChunk('white space in an extension', `5; a=b\r\nhello\r\n${LAST}`),
  badChunk('an extension of more than 1 KiB', `5;${'a'.repeat(1025)}\r\nhello\r\n${LAST}`),
  badChunk('extensions of more than 16 KiB together', `1;${'a'.repeat(1000)}\r\nx\r\n`.repeat(17) + LAST),
  badChunk('a Content-Length in the trailers', `5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n`),
  badChunk('a Transfer-Encoding in the trailers', `5\r\nhello\r\n0\r\nTransfer-encoding: chunked\r\n\r\n`),
  badChunk('a Connection in the trailers', `5\r\nhello\r\n0\r\nConnection: close\r\n\r\n`),
  badChunk('a Host in the trailers', `5\r\nhello\r\n0\r\nHost: origin.example\r\n\r\n`),
  badChunk('a folded trailer', `0\r\nA: b\r\n c\r\n\r\n`),
  badChunk('a space before the colon of a trailer', `0\r\nA : b\r\n\r\n`),
  badChunk('a trailer without a colon', `0\r\nGET / HTTP/1.1\r\n\r\n`),
  badChunk('a bare line feed behind a trailer', `0\r\nA: b\n\r\n\r\n`),
  badChunk('trailers of more than 8 KiB', `0\r\n${`A: ${'b'.repeat(1000)}\r\n`.repeat(9)}\r\n`),
  badChunk('a last chunk that ends in a bare line feed', `0\r\n\n`),
];
