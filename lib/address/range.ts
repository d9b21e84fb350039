import IPCIDR from 'ip-cidr';
import { parseAddress } from './address.js';
import { readDecimal } from './ipv4.js';
import { parsed, unreadable, type IpAddress, type IpRange, type Unreadable } from './types.js';

/** What the text of a range reads as. `host_bits`: an address inside a block was written for the block; `corrected` is the block. */
export type ParsedRange =
  | { readonly kind: 'parsed'; readonly value: IpRange }
  | { readonly kind: 'host_bits'; readonly detail: string; readonly corrected: IpRange }
  | Unreadable;

const BAD_PREFIX_4 = unreadable('A4', 'prefix length is not a number from 0 to 32 without leading zero');
const BAD_PREFIX_6 = unreadable('A5', 'prefix length is not a number from 0 to 128 without leading zero');

/**
 * Reads a range of addresses: CIDR, or a single address (rules A4, A5). The text is checked here first, since the CIDR library
 * also takes host bits, leading zeros and both families for each other. IPv4-mapped and other embedding ranges stay IPv6.
 */
export function parseRange(text: string): ParsedRange {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address.kind === 'malformed') return address;
  if (slash < 0) return parsed(rangeOf(address.value));
  const prefix = readDecimal(text, slash + 1, text.length, address.value.family === 4 ? 32 : 128);
  if (prefix === 'not_a_number') return address.value.family === 4 ? BAD_PREFIX_4 : BAD_PREFIX_6;
  const range = blockAround(address.value, prefix);
  if (range.first === address.value.value) return parsed(range);
  return { kind: 'host_bits', detail: 'address has bits set after the prefix', corrected: range };
}

/** The range that holds one address only: a /32 or a /128. */
export function rangeOf(address: IpAddress): IpRange {
  return address.family === 4
    ? { family: 4, first: address.value, last: address.value, text: `${address.text}/32` }
    : { family: 6, first: address.value, last: address.value, text: `${address.text}/128` };
}

/** Whether the address lies in the range. An address of the other family never does, whatever it embeds (rule A5). */
export function rangeContains(range: IpRange, address: IpAddress): boolean {
  if (range.family === 4) {
    return address.family === 4 && range.first <= address.value && address.value <= range.last;
  }
  return address.family === 6 && range.first <= address.value && address.value <= range.last;
}

/**
 * The block of addresses that one client must be expected to have, as text: the /64 of an IPv6 address (RFC 6177), an IPv4
 * address alone. What is limited for each client is counted by it.
 */
export function clientBlock(address: IpAddress): string {
  if (address.family === 4) return address.text;
  return `${(address.value >> 64n)
    .toString(16)
    .padStart(16, '0')
    .replaceAll(/(.{4})(?=.)/g, '$1:')}::/64`;
}

/** The block of `prefix` bits around an address. The library finds where it starts; its own end would cost twice the time. */
function blockAround(address: IpAddress, prefix: number): IpRange {
  const start = parseAddress(IPCIDR.createAddress(`${address.text}/${prefix}`).startAddress().address);
  if (start.kind === 'malformed') throw new Error(`CIDR library gave no start for a checked text: ${start.detail}`);
  const { text, value: first } = start.value;
  return typeof first === 'number'
    ? { family: 4, first, last: first + 2 ** (32 - prefix) - 1, text: `${text}/${prefix}` }
    : { family: 6, first, last: first + (1n << BigInt(128 - prefix)) - 1n, text: `${text}/${prefix}` };
}
