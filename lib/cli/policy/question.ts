import { type Destination, parseAuthority } from '../../address/index.js';
import type { Intent } from '../../attempt/index.js';
import { readRequestHead } from '../../protocol/http/index.js';

/** A request that might be made, as people write it. */
export type Question =
  | { readonly kind: 'question'; readonly destination: Destination; readonly intent: Intent }
  | { readonly kind: 'not_a_question'; readonly detail: string };

/**
 * Reads `CONNECT host:port`, `GET http://…`, or a mere `https://…` (a tunnel), `http://…` (a GET) or `host:port` (a
 * tunnel), by the same strict reader as a client's request.
 */
export function readQuestion(words: readonly string[]): Question {
  const [first = '', second] = words;
  if (second !== undefined) return ask(first.toUpperCase(), second);
  if (/^https:\/\//i.test(first)) return ask('CONNECT', authorityOf(first));
  if (/^http:\/\//i.test(first)) return ask('GET', first);
  return ask('CONNECT', first);
}

/** The authority of an `https://` URL, with the port that a client would connect to. */
function authorityOf(url: string): string {
  const [authority = ''] = url.slice('https://'.length).split(/[/?#]/);
  return parseAuthority(authority).kind === 'parsed' ? authority : `${authority}:443`;
}

function ask(method: string, target: string): Question {
  const read = readRequestHead(Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: x\r\n\r\n`));
  if (read.kind === 'malformed') return { kind: 'not_a_question', detail: `${read.detail} (${read.rule})` };
  if (read.kind === 'partial') return { kind: 'not_a_question', detail: 'a request is one line' };
  const { target: aim } = read.value;
  if (aim.kind === 'authority') return { kind: 'question', destination: aim.destination, intent: { kind: 'tunnel' } };
  const intent = { kind: 'forward', method: read.value.method, path: aim.path } as const;
  return { kind: 'question', destination: aim.destination, intent };
}
