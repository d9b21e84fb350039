import { parseAuthority } from '../../address/index.js';
import { readBasicCredentials } from './credentials.js';
import { isFieldValue, isToken, kindsOf, TOKEN } from './characters.js';
import {
  bad,
  badByte,
  findLongList,
  keepsAlive,
  NOTHING_READ,
  readFields,
  statedFraming,
  takeHead,
  valuesOf,
} from './head.js';
import { readTarget, withPort } from './target.js';
import type { BadMessage, Field, Framing, HeadProgress, HttpReading, RequestHead, Target } from './types.js';

/** Rule H13. The clients we know send less than 1 KiB in a dozen lines; a large cookie or Kerberos ticket fits too. */
const LIMITS = { bytes: 32_768, fieldLines: 100 };
const REQUEST_LINE_BYTES = 8192;

/** The registered methods that only ask (RFC 9110 §9.2.1). */
const SAFE = ['GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'QUERY', 'REPORT', 'SEARCH'];

/**
 * The methods of plain requests (rule H8), the everyday ones first: those of the IANA registry, without TRACE, which shows a
 * request to its sender as the origin saw it, and without PRI and `*`, which make no request.
 */
export const REQUEST_METHODS: readonly string[] = [
  ...['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
  ...['ACL', 'BASELINE-CONTROL', 'BIND', 'CHECKIN', 'CHECKOUT', 'COPY', 'LABEL', 'LINK', 'LOCK', 'MERGE', 'MKACTIVITY'],
  ...['MKCALENDAR', 'MKCOL', 'MKREDIRECTREF', 'MKWORKSPACE', 'MOVE', 'ORDERPATCH', 'PROPFIND', 'PROPPATCH', 'QUERY'],
  ...['REBIND', 'REPORT', 'SEARCH', 'UNBIND', 'UNCHECKOUT', 'UNLINK', 'UNLOCK', 'UPDATE', 'UPDATEREDIRECTREF'],
  'VERSION-CONTROL',
];

const METHODS: ReadonlySet<string> = new Set(['CONNECT', ...REQUEST_METHODS]);

/** Whether a method only asks, so that its request may be sent again. */
export function isSafe(method: string): boolean {
  return SAFE.includes(method);
}

const TLS_HANDSHAKE = 0x16;

/** A request line, read: what RFC 9112 §3 says in three words. */
interface RequestLine {
  readonly method: string;
  readonly target: Target;
  readonly version: '1.0' | '1.1';
}

/**
 * Reads a request's head off the front of what a client has sent so far, by the rules of `docs/strictness.md`. A first byte, a
 * line end, a request line or a size that cannot become right is `malformed` as soon as it is seen, a wrong field once the
 * head is whole. What follows the head (a body, the next request, a tunnel's first bytes) starts at `length`. `progress` is
 * that of the last reading of the same head, if it was `partial`.
 */
export function readRequestHead(bytes: Buffer, progress: HeadProgress = NOTHING_READ): HttpReading<RequestHead> {
  const foreign = findForeign(bytes);
  if (foreign !== 'none') return foreign;
  const taken = takeHead(bytes, LIMITS, progress);
  if (taken.kind === 'malformed') return taken;
  if (taken.kind === 'partial') return progress.lines > 0 ? taken : checkFirstLine(bytes, progress, taken);
  const text = taken.value;
  const lineEnd = text.indexOf('\r\n');
  const line = readRequestLine(text.slice(0, lineEnd));
  if ('kind' in line) return line;
  const fields = readFields(text, lineEnd + 2, LIMITS.fieldLines);
  if ('kind' in fields) return fields;
  const head = judgeFields(line, fields);
  return 'kind' in head ? head : { kind: 'whole', value: head, length: taken.length };
}

/** What no request can start with. An empty line before a request is refused as well, though RFC 9112 §2.2 lets it pass. */
function findForeign(bytes: Buffer): BadMessage | 'none' {
  const [first] = bytes;
  if (first === undefined || (kindsOf(first) & TOKEN) !== 0) return 'none';
  if (first === TLS_HANDSHAKE)
    return bad('H7', 'a TLS handshake; this port speaks plain HTTP, use http:// for the proxy');
  if (first === 0x0d || first === 0x0a) return bad('H7', 'an empty line before the request');
  return bad('H7', 'not an HTTP request');
}

/** Judges the request line as soon as it is there: there is no use in waiting for the fields of a hopeless request. */
function checkFirstLine(
  bytes: Buffer,
  { checked }: HeadProgress,
  partial: HttpReading<never>,
): HttpReading<RequestHead> {
  const lineEnd = bytes.indexOf('\r\n', Math.max(0, checked - 1), 'latin1');
  if (lineEnd === -1) return bytes.length > REQUEST_LINE_BYTES ? lineTooLong() : partial;
  const line = readRequestLine(bytes.toString('latin1', 0, lineEnd));
  return 'kind' in line ? line : partial;
}

/** Rule H7: method, target and version, one space between, and nothing else. */
function readRequestLine(line: string): RequestLine | BadMessage {
  if (line.length > REQUEST_LINE_BYTES) return lineTooLong();
  if (!isFieldValue(line)) return badByte(line);
  const first = line.indexOf(' ');
  const method = line.slice(0, first);
  if (first === -1 || !isToken(method)) return bad('H7', 'not an HTTP request line');
  const second = line.indexOf(' ', first + 1);
  if (second === -1) {
    return bad('H7', 'a request line without a version; use HTTP/1.0 or HTTP/1.1', 505);
  }
  const version = line.slice(second + 1);
  if (second === first + 1 || version.includes(' ')) {
    return bad('H7', 'the request line is not method, target and version with one space between');
  }
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') return badVersion(version);
  if (method === 'TRACE') return bad('H8', 'TRACE is not supported', 405);
  if (!METHODS.has(method)) return bad('H8', 'unsupported method', 501);
  const target = readTarget(method, line.slice(first + 1, second));
  if (target.kind === 'malformed') return target;
  return { method, target, version: version === 'HTTP/1.1' ? '1.1' : '1.0' };
}

function badVersion(version: string): BadMessage {
  return /^HTTP\/[0-9]{1,3}(\.[0-9]{1,3})?$/.test(version)
    ? bad('H7', 'unsupported HTTP version; use HTTP/1.0 or HTTP/1.1', 505)
    : bad('H7', 'the request line does not end in HTTP/1.0 or HTTP/1.1');
}

function lineTooLong(): BadMessage {
  return bad('H13', 'the request line is longer than the limit', 431);
}

/** Everything the fields must get right before a request is one (rules A11, H4, H5, H12, H14, H17). */
function judgeFields({ method, target, version }: RequestLine, fields: readonly Field[]): RequestHead | BadMessage {
  const wrong =
    findWrongHost(method, valuesOf(fields, 'host'), version) ?? findWrongExpectation(valuesOf(fields, 'expect'));
  if (wrong !== undefined) return wrong;
  const longList = findLongList(fields);
  if (longList !== 'none') return longList;
  const framing = requestFraming(method, fields, version);
  if (framing.kind === 'malformed') return framing;
  if (method === 'OPTIONS' && valuesOf(fields, 'max-forwards').some((hops) => !/^0*[1-9]\d{0,8}$/.test(hops))) {
    return bad('H8', 'OPTIONS with a Max-Forwards that is 0 or not a number', 501);
  }
  const [credentials, ...others] = valuesOf(fields, 'proxy-authorization');
  if (others.length > 0) return bad('H17', 'more than one Proxy-Authorization');
  const bodyToCome = framing.kind === 'chunked' || (framing.kind === 'length' && framing.length > 0);
  return {
    method,
    target,
    version,
    fields,
    framing,
    keepAlive: keepsAlive(fields, version),
    expectsContinue: bodyToCome && version === '1.1' && valuesOf(fields, 'expect').length > 0,
    upgrade: valuesOf(fields, 'upgrade').length > 0 ? 'asked' : 'none',
    credentials: credentials === undefined ? { kind: 'none' } : readBasicCredentials(credentials),
  };
}

/**
 * Rule A11. Host never chooses the destination, and may differ from it; but it must be one, and one that could be read. A
 * CONNECT may come without (lftp): none is sent on, and its target says all there is.
 */
function findWrongHost(method: string, hosts: readonly string[], version: '1.0' | '1.1'): BadMessage | undefined {
  const [host, ...others] = hosts;
  if (others.length > 0) return bad('A11', 'more than one Host');
  if (host === undefined) {
    return version === '1.0' || method === 'CONNECT' ? undefined : bad('A11', 'no Host, which HTTP/1.1 must have');
  }
  const parsed = parseAuthority(withPort(host));
  return parsed.kind === 'malformed' ? bad('A11', `Host: ${parsed.detail}`) : undefined;
}

/** Rule H12. RFC 9110 §10.1.1: nothing but 100-continue is defined, and expectations have no case. */
function findWrongExpectation(expectations: readonly string[]): BadMessage | undefined {
  const [expectation = '100-continue', ...others] = expectations;
  const known = others.length === 0 && expectation.toLowerCase() === '100-continue';
  return known ? undefined : bad('H12', 'an expectation other than 100-continue', 417);
}

/**
 * Rules H4, H5, H14. A request that says nothing has no body (RFC 9112 §6.3). CONNECT has none either, and
 * Content-Length: 0 says just that (Internet Explorer sent it, and clients modelled on it do); anything more would be
 * tunnel bytes to one reader and a body to another.
 */
function requestFraming(method: string, fields: readonly Field[], version: '1.0' | '1.1'): Framing | BadMessage {
  const stated = statedFraming(fields, version);
  if (stated.kind === 'malformed') return stated;
  if (stated.kind === 'unstated') return { kind: 'none' };
  if (method !== 'CONNECT') return stated;
  const empty = stated.kind === 'length' && stated.length === 0;
  return empty ? { kind: 'none' } : bad('H14', 'CONNECT with a body');
}
