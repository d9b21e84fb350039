import { canonical, unreadable, parsed, type DomainName, type Parsed } from './types.js';

const LONGEST_NAME = 253;
const LABELS = /^[\w-]{1,63}(?:\.[\w-]{1,63})*$/;
/** Labels of which the last is not a number as `inet_aton` and browsers read one. */
const NAME = /^(?:[\w-]{1,63}\.)*(?!(?:\d+|0x[\da-f]*)$)[\w-]{1,63}$/i;

const BAD_BYTE = unreadable('A2', 'host holds a byte other than letters, digits, hyphen, underscore and dot');
const BAD_LENGTH = unreadable('A3', 'host name is empty or longer than 253 bytes');
const BAD_LABEL = unreadable('A3', 'a label of the host name is empty or longer than 63 bytes');
const NUMBER_AT_END = unreadable('A4', 'host ends in a number and is not a canonical dotted quad');

/**
 * Reads a host name: ASCII letters, digits, `-`, `_` and dots; labels of 1 to 63 bytes, 253 in all (rules A2, A3).
 *
 * The value is lower case, and one trailing dot is dropped. A name whose last label is a number (decimal, or `0x` and
 * hexadecimal digits) is refused: software that meets it takes it for an IPv4 address (rule A4). Nothing is decoded,
 * mapped or repaired.
 */
export function parseName(text: string): Parsed<DomainName> {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  if (name.length === 0 || name.length > LONGEST_NAME) return BAD_LENGTH;
  if (NAME.test(name)) return parsed(canonical<string, 'DomainName'>(name.toLowerCase()));
  if (LABELS.test(name)) return NUMBER_AT_END;
  const wrong = name.replace(/^(?:[\w-]{1,63}\.)+/, '');
  return /^[\w-]*(?:\.|$)/.test(wrong) ? BAD_LABEL : BAD_BYTE;
}

/** Whether `name` is one or more labels below `suffix`; never `suffix` itself (rule A12). */
export function isUnder(name: DomainName, suffix: DomainName): boolean {
  const dot = name.length - suffix.length - 1;
  return dot > 0 && name[dot] === '.' && name.endsWith(suffix);
}
