import { formatHost, parseAuthority } from '../../address/index.js';
import { isPathAndQuery } from './characters.js';
import { bad } from './head.js';
import type { BadMessage, Target } from './types.js';

const HTTP_PORT = 80;
/** Scheme, authority, and all the rest (RFC 3986 §3). */
const ABSOLUTE_FORM = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#]*)(.*)$/s;
const NOT_A_PROXY_REQUEST = 'tidegate is a forward proxy; set it as the HTTP proxy of the client';

/**
 * Reads a request's target as a forward proxy may be sent it: `host:port` for CONNECT, an `http://` URI in absolute-form
 * for everything else (rules A1–A5, A10, H9). Nothing is decoded, resolved or repaired; an empty path becomes `/`, since
 * origin-form cannot say it otherwise (RFC 9112 §3.2.1).
 */
export function readTarget(method: string, text: string): Target | BadMessage {
  if (method === 'CONNECT') return readConnectTarget(text);
  if (text.startsWith('/')) return bad('H9', `the target is a path only; ${NOT_A_PROXY_REQUEST}`);
  if (text === '*') return bad('H9', `the target is an asterisk; ${NOT_A_PROXY_REQUEST}`);
  const [, scheme, authority, rest] = ABSOLUTE_FORM.exec(text) ?? [];
  if (scheme === undefined || authority === undefined || rest === undefined) {
    return bad('H9', 'the target is not an absolute http:// URI; host:port goes with CONNECT only');
  }
  // RFC 3986 §3.1: a scheme has no case. It goes no further than here, so accepting HTTP:// repairs nothing.
  if (scheme.toLowerCase() === 'https')
    return bad('A10', 'an https:// target in a plain request; https goes through CONNECT');
  if (scheme.toLowerCase() !== 'http') return bad('A10', 'the scheme of the target is not http');
  return readHttpUri(method, authority, rest);
}

function readConnectTarget(text: string): Target | BadMessage {
  if (text.includes('/')) return bad('H9', 'CONNECT takes host:port, not a URI or a path');
  const parsed = parseAuthority(text);
  if (parsed.kind === 'malformed') return bad(parsed.rule, parsed.detail);
  return { kind: 'authority', destination: parsed.value };
}

function readHttpUri(method: string, authority: string, rest: string): Target | BadMessage {
  if (authority.includes('@')) return bad('A10', 'user information in the target; send credentials in Authorization');
  if (rest.includes('#')) return bad('A10', 'a fragment in the target');
  if (!isPathAndQuery(rest)) return bad('A10', 'a byte in the target that must be percent-encoded');
  const parsed = parseAuthority(withPort(authority));
  if (parsed.kind === 'malformed') return bad(parsed.rule, parsed.detail);
  const { host, port } = parsed.value;
  const originForm = inOriginForm(method, rest);
  const [path = ''] = originForm.split('?', 1);
  return {
    kind: 'absolute',
    destination: parsed.value,
    host: port === HTTP_PORT ? formatHost(host) : `${formatHost(host)}:${port}`,
    path,
    originForm,
  };
}

/** The last proxy before an origin sends `*` for OPTIONS without path and query (RFC 9112 §3.2.4). */
function inOriginForm(method: string, rest: string): string {
  if (rest === '') return method === 'OPTIONS' ? '*' : '/';
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** An authority whose port may be left out, with 80 put in its place. */
export function withPort(authority: string): string {
  const hasPort = authority.lastIndexOf(':') > authority.lastIndexOf(']');
  return hasPort ? authority : `${authority}:${HTTP_PORT}`;
}
