import { canonical, unreadable, parsed, type IpV4, type Normalised, type Parsed } from './types.js';

const NOT_A_QUAD = unreadable('A4', 'IPv4 literal is not a canonical dotted quad');

/**
 * Reads a canonical dotted quad: four numbers 0 to 255, no leading zeros, nothing else (rule A4). Octal, hexadecimal,
 * short and decimal forms are refused, because other software reads them as other addresses.
 */
export function parseIpV4(text: string): Parsed<Normalised<IpV4, 'IpAddress'>> {
  let value = 0;
  let start = 0;
  for (let octet = 1; octet <= 4; octet++) {
    const end = octet === 4 ? text.length : text.indexOf('.', start);
    const number = readDecimal(text, start, end, 255);
    if (number === 'not_a_number') return NOT_A_QUAD;
    value = value * 256 + number; // multiplied, not shifted: the result is unsigned
    start = end + 1;
  }
  return parsed(canonical<IpV4, 'IpAddress'>({ family: 4, text, value }));
}

/** The number written from `start` to `end`: one to five decimal digits, no leading zero, at most `most`. */
export function readDecimal(text: string, start: number, end: number, most: number): number | 'not_a_number' {
  const length = end - start;
  if (length < 1 || length > 5 || (length > 1 && text.charCodeAt(start) === 0x30)) return 'not_a_number';
  let value = 0;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return 'not_a_number';
    value = value * 10 + (code - 0x30);
  }
  return value > most ? 'not_a_number' : value;
}
