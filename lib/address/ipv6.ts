import { isDigit, readQuad } from './ipv4.js';
import { canonical, unreadable, parsed, type IpV6, type Normalised, type Parsed } from './types.js';

const GROUPS = 8;
/** The longest text RFC 4291 allows: six groups of four, and a dotted quad. */
const LONGEST = 45;

const NOT_AN_ADDRESS = unreadable('A5', 'IPv6 literal is not an address as RFC 4291 writes it');
const HAS_ZONE = unreadable('A5', 'IPv6 literal has a zone');

/**
 * Reads the text of an IPv6 address without brackets (RFC 4291 §2.2: groups, `::` for one or more groups of zeros, a
 * dotted quad at the end). No zone, no IPvFuture. An address that embeds an IPv4 stays IPv6 (rule A5).
 */
export function parseIpV6(text: string): Parsed<Normalised<IpV6, 'IpAddress'>> {
  if (text.includes('%')) return HAS_ZONE;
  const groups = readGroups(text);
  return groups === 'not_an_address' ? NOT_AN_ADDRESS : parsed(fromGroups(groups));
}

/** The eight groups. `::` stands for one group of zeros at least: `1:2:3:4:5:6:7:8::` is not an address. */
function readGroups(text: string): readonly number[] | 'not_an_address' {
  if (text.length > LONGEST) return 'not_an_address';
  const gap = text.indexOf('::');
  const before = readSide(gap < 0 ? text : text.slice(0, gap), gap < 0);
  const after = gap < 0 ? [] : readSide(text.slice(gap + 2), true);
  if (before === 'not_groups' || after === 'not_groups') return 'not_an_address';
  const missing = GROUPS - before.length - after.length;
  if (gap < 0 ? missing !== 0 : missing < 1) return 'not_an_address';
  return [...before, ...new Array<number>(missing).fill(0), ...after];
}

/** The groups on one side of `::`, or all of them. The side that ends the address may end in a dotted quad: two groups. */
function readSide(text: string, endsAddress: boolean): readonly number[] | 'not_groups' {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (endsAddress && index === parts.length - 1 && part.includes('.')) {
      const quad = readQuad(part);
      if (quad === 'not_a_quad') return 'not_groups';
      groups.push(quad >>> 16, quad & 0xffff);
    } else {
      const group = readGroup(part);
      if (group === 'not_a_group') return 'not_groups';
      groups.push(group);
    }
  }
  return groups;
}

/** The number that one to four hexadecimal digits stand for. */
function readGroup(text: string): number | 'not_a_group' {
  if (text.length === 0 || text.length > 4) return 'not_a_group';
  let value = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = hexDigit(text.charCodeAt(at));
    if (digit < 0) return 'not_a_group';
    value = value * 16 + digit;
  }
  return value;
}

function hexDigit(code: number): number {
  if (isDigit(code)) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
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
