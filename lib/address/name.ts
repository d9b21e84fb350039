import { isDigit } from './ipv4.js';
import { canonical, unreadable, parsed, type DomainName, type Parsed } from './types.js';

const DOT = 0x2e;
const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;

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
  const length = text.endsWith('.') ? text.length - 1 : text.length;
  if (length === 0 || length > LONGEST_NAME) return BAD_LENGTH;
  let label = 0; // where the current label starts
  let upperCase = false;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (!isLabelLength(at - label)) return BAD_LABEL;
      label = at + 1;
    } else if (code >= 0x41 && code <= 0x5a) upperCase = true;
    else if (!isNameByte(code)) return BAD_BYTE;
  }
  if (!isLabelLength(length - label)) return BAD_LABEL;
  if (isNumber(text, label, length)) return NUMBER_AT_END;
  const name = text.slice(0, length);
  return parsed(canonical<string, 'DomainName'>(upperCase ? name.toLowerCase() : name));
}

/** Whether `name` is one or more labels below `suffix`; never `suffix` itself (rule A12). */
export function isUnder(name: DomainName, suffix: DomainName): boolean {
  const dot = name.length - suffix.length - 1;
  return dot > 0 && name.charCodeAt(dot) === DOT && name.endsWith(suffix);
}

function isLabelLength(length: number): boolean {
  return length > 0 && length <= LONGEST_LABEL;
}

/** Lower-case letters, digits, hyphen, underscore. */
function isNameByte(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || isDigit(code) || code === 0x2d || code === 0x5f;
}

/** Whether `text` from `start` to `end` is a number as `inet_aton` and browsers read one: digits, or `0x` and hexadecimal digits. */
function isNumber(text: string, start: number, end: number): boolean {
  const hex = text.charCodeAt(start) === 0x30 && (text.charCodeAt(start + 1) | 0x20) === 0x78;
  for (let at = hex ? start + 2 : start; at < end; at++) {
    const code = text.charCodeAt(at);
    const letter = code | 0x20;
    if (!isDigit(code) && !(hex && letter >= 0x61 && letter <= 0x66)) return false;
  }
  return true;
}
