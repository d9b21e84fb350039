import { isDigit, readQuad } from './ipv4.js';
import { malformed, canonical, parsed, type IpV6, type Normalised, type Parsed } from './types.js';

const COLON = 0x3a;
const GROUPS = 8;
/** The longest text RFC 4291 allows: six groups of four, and a dotted quad. */
const LONGEST = 45;

const NOT_AN_ADDRESS = malformed('A5', 'IPv6 literal is not an address as RFC 4291 writes it');
const HAS_ZONE = malformed('A5', 'IPv6 literal has a zone');

/**
 * Reads the text of an IPv6 address without brackets (RFC 4291 §2.2: groups, `::` for one or more groups of zeros, a
 * dotted quad at the end). No zone, no IPvFuture. An address that embeds an IPv4 stays IPv6 (rule A5).
 */
export function parseIpV6(text: string): Parsed<Normalised<IpV6, 'IpAddress'>> {
  if (text.includes('%')) return HAS_ZONE;
  const groups = readGroups(text);
  return groups === 'not_an_address' ? NOT_AN_ADDRESS : parsed(fromGroups(groups));
}

function readGroups(text: string): readonly number[] | 'not_an_address' {
  if (text.length < 2 || text.length > LONGEST) return 'not_an_address';
  const groups: number[] = [];
  let gap = -1; // how many groups stand before the `::`
  let at = 0;
  if (text.startsWith('::')) {
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    const group = readGroup(text, at);
    if (group === 'quad') {
      const quad = readQuad(text, at);
      if (quad === 'not_a_quad') return 'not_an_address';
      groups.push(quad >>> 16, quad & 0xffff);
      break;
    }
    if (group === 'not_a_group' || groups.push(group.value) > GROUPS) return 'not_an_address';
    at = group.end + 1;
    if (group.end === text.length) break;
    if (text.charCodeAt(at) === COLON) {
      if (gap >= 0) return 'not_an_address';
      gap = groups.length;
      at++;
    } else if (at === text.length) return 'not_an_address'; // a single colon at the end
  }
  return fillGap(groups, gap);
}

/** One group of hexadecimal digits; `quad` if a dot ends it, since then it began a dotted quad. */
function readGroup(text: string, start: number): { value: number; end: number } | 'quad' | 'not_a_group' {
  let value = 0;
  let end = start;
  for (; end < text.length && text.charCodeAt(end) !== COLON; end++) {
    const code = text.charCodeAt(end);
    if (code === 0x2e) return 'quad';
    const digit = hexDigit(code);
    if (digit < 0 || end - start === 4) return 'not_a_group';
    value = value * 16 + digit;
  }
  return end === start ? 'not_a_group' : { value, end };
}

function hexDigit(code: number): number {
  if (isDigit(code)) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Puts the zeros that `::` stands for in their place. They are at least one group: `1:2:3:4:5:6:7:8::` is no address. */
function fillGap(groups: readonly number[], gap: number): readonly number[] | 'not_an_address' {
  if (gap < 0) return groups.length === GROUPS ? groups : 'not_an_address';
  if (groups.length >= GROUPS) return 'not_an_address';
  const zeros = new Array<number>(GROUPS - groups.length).fill(0);
  return [...groups.slice(0, gap), ...zeros, ...groups.slice(gap)];
}

function fromGroups(groups: readonly number[]): Normalised<IpV6, 'IpAddress'> {
  let value = 0n;
  for (const group of groups) value = (value << 16n) | BigInt(group);
  return canonical<IpV6, 'IpAddress'>({ family: 6, text: canonicalText(groups), value });
}

/**
 * RFC 5952 §4: lower case, no leading zeros, `::` for the longest run of two or more zero groups, the first of equals.
 * The mixed notation of §5 is left out on purpose: nothing here may look like the IPv4 it embeds.
 */
function canonicalText(groups: readonly number[]): string {
  const { start, length } = longestZeros(groups);
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let length = 0;
  groups.forEach((group, index) => {
    length = group === 0 ? length + 1 : 0;
    if (length > longest.length) longest = { start: index - length + 1, length };
  });
  return longest;
}
