import { canonical, unreadable, parsed, type IpV6, type Normalised, type Parsed } from './types.js';

const NOT_AN_ADDRESS = unreadable('A5', 'IPv6 literal is not an address as RFC 4291 writes it');
const HAS_ZONE = unreadable('A5', 'IPv6 literal has a zone');

/**
 * Reads the text of an IPv6 address without brackets (RFC 4291 §2.2: groups, `::` for one or more groups of zeros, a
 * dotted quad at the end). No zone, no IPvFuture. An address that embeds an IPv4 stays IPv6 (rule A5).
 */
export function parseIpV6(text: string): Parsed<Normalised<IpV6, 'IpAddress'>> {
  if (text.includes('%')) return HAS_ZONE;
  const url = `http://[${text}]`;
  // No other character may reach the URL parser: it skips some, and ends the host at others.
  if (!/^[\da-f:.]+$/i.test(text) || !URL.canParse(url)) return NOT_AN_ADDRESS;
  // URLs hold the text of RFC 5952 §4 without the mixed notation of §5: nothing here may look like the IPv4 it embeds.
  const canonicalText = new URL(url).hostname.slice(1, -1);
  const [before = '', after = ''] = canonicalText.split('::').map(digitsOf);
  const digits = before.padEnd(32 - after.length, '0') + after;
  return parsed(canonical<IpV6, 'IpAddress'>({ family: 6, text: canonicalText, value: BigInt(`0x${digits}`) }));
}

/** Four hexadecimal digits for each group. */
function digitsOf(groups: string): string {
  if (groups === '') return '';
  return groups
    .split(':')
    .map((group) => group.padStart(4, '0'))
    .join('');
}
