/*
 * A journal line holds at most 8 KiB of ASCII. These limits keep the longest possible record below it, however hostile
 * its texts: characters that must be escaped count as what they take in the line.
 */

/** How many characters of a line one text may take. */
export const CHARACTERS = {
  detail: 300,
  path: 1024,
  file: 160,
  user: 256,
  alias: 160,
  softwareVersion: 256,
  alpn: 32,
  tlsVersion: 16,
  keyExchange: 64,
  keyType: 64,
  expected: 96,
  seen: 256,
  checkDetail: 200,
  problem: 240,
};

/** How many items of a list are kept, the first ones. */
export const ITEMS = {
  addresses: 16,
  dropped: 8,
  aliases: 8,
  rules: 8,
  nearest: 5,
  problems: 20,
  listeners: 16,
  alpn: 8,
  tlsOffered: 8,
  checks: 4,
  expected: 8,
};

const PLAIN = /^[ !#-[\]-~]*$/;

/** Gives back a text that takes at most so many characters in a line; one that was cut ends with `…`. */
export function cut(text: string, characters: number): string {
  if (text.length <= characters && PLAIN.test(text)) return text;
  let taken = 0;
  let kept = 0;
  for (let at = 0; at < text.length; at += 1) {
    taken += costOf(text.charCodeAt(at));
    if (taken > characters) return `${text.slice(0, kept)}…`;
    if (taken <= characters - ESCAPED) kept = at + 1;
  }
  return text;
}

/** The same, and `null` for a text that says nothing. */
export function cutOrNull(text: string, characters: number): string | null {
  return text === '' ? null : cut(text, characters);
}

/** What an escape such as `\u2026` takes. */
const ESCAPED = 6;

function costOf(unit: number): number {
  if (unit < 0x20 || unit > 0x7e) return ESCAPED;
  return unit === 0x22 || unit === 0x5c ? 2 : 1;
}
