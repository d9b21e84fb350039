import { REQUEST_METHODS } from '../../protocol/http/index.js';
import { didYouMean, fault, quoted, type TextReading } from '../../text/index.js';

/**
 * Whether every origin reads the path as we do. Many decode, fold `..` or `//`, or take `\` for `/` before they look it
 * up, so that `/public/..%2fadmin` is below `/public/` for us and not for them. A rule with paths holds for none of these.
 */
export function isPlainPath(path: string): boolean {
  if (!/^\/[!$&'()*+,\-./0-9:;=@A-Z_a-z~%]*$/.test(path)) return false;
  const decoded = decode(path);
  if (decoded === 'undecodable') return false;
  // No slash that was hidden, no empty segment, and none that is dots and spaces up to its parameters: `..;a` is `..` to some.
  const slashes = (text: string): number => text.split('/').length;
  return slashes(decoded) === slashes(path) && !/[\\%\p{Cc}]|\/\/|\/ *\.[. ]*(?:[/;]|$)/u.test(decoded);
}

/** The path with its escapes read once, and look-alikes of `.`, `/` and `\` read as these. */
function decode(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path).normalize('NFKC');
  } catch {
    return 'undecodable'; // not UTF-8: some origins read an over-long `%c0%ae` as a dot
  }
}

/** Reads an exact path, or the beginning of paths, followed by `*`. */
export function readPath(text: string): TextReading<string> {
  const hint = 'write "/exact/path", or "/below/this/*" for everything that starts so';
  if (!text.startsWith('/')) return fault('bad_path', `${quoted(text)} does not start with a slash`, hint);
  if (/[?#]/.test(text)) {
    return fault('bad_path', `${quoted(text)} holds a query or fragment`, 'rules check the path only: remove it');
  }
  if (/\*./.test(text)) return fault('bad_path', `${quoted(text)} has a * before its end`, hint);
  // Some letter stands for what a prefix leaves open.
  if (isPlainPath(text.replace(/\*$/, 'x'))) return { kind: 'value', value: text };
  const never = `no request matches ${quoted(text)}`;
  return fault('bad_path', never, 'paths with "." or empty segments, encoded slashes or other bytes are never matched');
}

/** The methods that a rule may name: all that tidegate forwards, the everyday ones first. */
export const methods: readonly string[] = REQUEST_METHODS;

/** Reads a method that a rule may name. */
export function readMethod(text: string): TextReading<string> {
  if (methods.includes(text)) return { kind: 'value', value: text };
  if (text === 'CONNECT')
    return fault('bad_method', 'CONNECT opens tunnels, not http requests', 'use protocol tls, ssh, tentacle or any');
  const everyday = 'one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, or another registered one such as PROPFIND';
  const near = didYouMean(text, methods);
  return fault('bad_method', `${quoted(text)} is not a method tidegate forwards`, near === 'none' ? everyday : near);
}
