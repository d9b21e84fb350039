import { type Destination, parseAuthority } from '../../address/index.js';
import type { Intent } from '../../attempt/index.js';
import { readRequestHead } from '../../protocol/http/index.js';

/** A request as people write it, read, or why it is malformed. */
export type RequestReading =
  | { readonly kind: 'request'; readonly destination: Destination; readonly intent: Intent }
  | { readonly kind: 'malformed'; readonly detail: string };

/**
 * Reads `CONNECT host:port`, `GET http://…`, or just `https://…` (a tunnel), `http://…` (a GET) or `host:port` (a
 * tunnel), by the same strict reader as a client's request.
 */
export function readRequestWords(words: readonly string[]): RequestReading {
  const [first = '', second] = words;
  if (second !== undefined) return requestOf(first.toUpperCase(), second);
  if (/^https:\/\//i.test(first)) return requestOf('CONNECT', authorityOf(first));
  if (/^http:\/\//i.test(first)) return requestOf('GET', first);
  return requestOf('CONNECT', first);
}

/** The authority of an `https://` URL, with the port that a client would connect to. */
function authorityOf(url: string): string {
  const [authority = ''] = url.slice('https://'.length).split(/[/?#]/);
  return parseAuthority(authority).kind === 'parsed' ? authority : `${authority}:443`;
}

function requestOf(method: string, target: string): RequestReading {
  const read = readRequestHead(Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: x\r\n\r\n`));
  if (read.kind === 'malformed') return { kind: 'malformed', detail: `${read.detail} (${read.rule})` };
  if (read.kind === 'partial') return { kind: 'malformed', detail: 'a request is one line' };
  const { target: aim } = read.value;
  if (aim.kind === 'authority') return { kind: 'request', destination: aim.destination, intent: { kind: 'tunnel' } };
  // The reader gives a byte as a character; people read the characters that they wrote.
  const path = Buffer.from(aim.path, 'latin1').toString();
  const intent = { kind: 'forward', method: read.value.method, path } as const;
  return { kind: 'request', destination: aim.destination, intent };
}
