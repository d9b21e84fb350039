import { parseIpV4 } from './ipv4.js';
import { parseIpV6 } from './ipv6.js';
import { canonical, type IpAddress, type IpV4, type Parsed } from './types.js';

const MAPPED = 0xffffn;

/** Reads an address: a canonical dotted quad, or an IPv6 literal without brackets (rules A4, A5). */
export function parseAddress(text: string): Parsed<IpAddress> {
  return text.includes(':') ? parseIpV6(text) : parseIpV4(text);
}

/**
 * The address of a socket's end, from the text the system gives for it (`socket.remoteAddress`).
 *
 * Only here is an IPv4-mapped form read as the IPv4: on a dual-stack listener it is how the kernel writes an IPv4 peer.
 * A link-local peer's zone is dropped. Throws on anything else, which no socket gives.
 */
export function addressFromSocket(text: string): IpAddress {
  const zone = text.indexOf('%');
  const reading = parseAddress(zone < 0 ? text : text.slice(0, zone));
  if (reading.kind === 'malformed') throw new Error(`not the address of a socket: ${JSON.stringify(text)}`);
  const address = reading.value;
  if (address.family !== 6 || address.value >> 32n !== MAPPED) return address;
  const value = Number(address.value & 0xffffffffn);
  const quad = [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');
  return canonical<IpV4, 'IpAddress'>({ family: 4, text: quad, value });
}
