import { bad } from './head.js';
import type { BadMessage, Field, Framing } from './types.js';

/** The fields that say how a message is delimited and what becomes of its connection, picked out in one pass. */
export interface Delimiters {
  readonly contentLength: readonly string[];
  readonly transferEncoding: readonly string[];
  /** What the Connection fields list, in lower case. */
  readonly connection: ReadonlySet<string>;
}

/** The values of every field of that name (given in lower case), in order. */
export function valuesOf(fields: readonly Field[], name: string): readonly string[] {
  const values: string[] = [];
  for (const field of fields) if (isNamed(field, name)) values.push(field[1]);
  return values;
}

/** Whether a field has that name (given in lower case): names have no case (RFC 9110 §5.1). */
export function isNamed([sent]: Field, name: string): boolean {
  return sent.length === name.length && sent.toLowerCase() === name;
}

/** What the Connection fields list, in lower case. */
export function connectionOptions(fields: readonly Field[]): ReadonlySet<string> {
  const options = valuesOf(fields, 'connection').flatMap((value) => value.toLowerCase().split(','));
  return new Set(options.map((option) => option.trim()).filter((option) => option !== ''));
}

/** Whether the sender keeps the connection open after this message (RFC 9112 §9.3). Proxy-Connection is not looked at. */
export function keepsAlive(fields: readonly Field[], version: '1.0' | '1.1'): boolean {
  const options = connectionOptions(fields);
  if (options.has('close')) return false;
  return version === '1.1' || options.has('keep-alive');
}

/**
 * How the fields delimit a body, if they say anything (rules H4, H5): one Content-Length of digits, or one
 * Transfer-Encoding of exactly `chunked`, never both. RFC 9112 §6 would let a reader repair some of what is refused here;
 * two readers that repair differently are how requests are smuggled.
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
    return chunked ? { kind: 'chunked' } : bad('H5', 'Transfer-Encoding is not exactly one `chunked`');
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
