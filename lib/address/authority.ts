import { parseIpV4, readDecimal } from './ipv4.js';
import { parseIpV6 } from './ipv6.js';
import { parseName } from './name.js';
import { canonical, unreadable, parsed, type Destination, type Host, type Parsed, type Port } from './types.js';

/** The longest name with its trailing dot; every literal is shorter. */
const LONGEST_HOST = 254;
const LONGEST_AUTHORITY = LONGEST_HOST + ':65535'.length;

const BAD_PORT = unreadable('A1', 'port is not a number from 1 to 65535 without leading zero');
const NO_PORT = unreadable('A1', 'authority is not host:port');
const TOO_LONG = unreadable('A3', 'host name is longer than 253 bytes');
const NO_CLOSING_BRACKET = unreadable('A5', 'brackets do not enclose the whole host');
const BARE_IPV6 = unreadable('A2', 'IPv6 literal without brackets; register the target by name');

/**
 * Reads an authority `host:port`, split at its last colon; the port is required (rules A1 to A5).
 *
 * An IPv6 literal needs its brackets. SSH.NET sends it without: the `detail` of that says what to do.
 * A text too long for any host is refused unread.
 */
export function parseAuthority(text: string): Parsed<Destination> {
  if (text.length > LONGEST_AUTHORITY) return TOO_LONG;
  const colon = text.lastIndexOf(':');
  if (colon < 0 || text.endsWith(']')) return NO_PORT;
  const host = parseHost(text.slice(0, colon));
  if (host.kind === 'malformed') return isBareIpV6(text, colon) ? BARE_IPV6 : host;
  const port = parsePort(text.slice(colon + 1));
  return port.kind === 'malformed' ? port : parsed({ host: host.value, port: port.value });
}

/** Reads a host: a name, a canonical dotted quad, or an IPv6 literal in brackets (rules A2 to A5). */
export function parseHost(text: string): Parsed<Host> {
  if (text.length > LONGEST_HOST) return TOO_LONG;
  if (text.startsWith('[')) {
    if (!text.endsWith(']')) return NO_CLOSING_BRACKET;
    const address = parseIpV6(text.slice(1, -1));
    return address.kind === 'malformed' ? address : parsed({ kind: 'address', address: address.value });
  }
  const name = parseName(text);
  if (name.kind === 'parsed') return parsed({ kind: 'name', name: name.value });
  const quad = parseIpV4(text);
  return quad.kind === 'parsed' ? parsed({ kind: 'address', address: quad.value }) : name;
}

/** Reads a port: 1 to 65535, no leading zero (rule A1). */
export function parsePort(text: string): Parsed<Port> {
  const port = readDecimal(text, 0, text.length, 65535);
  return port === 'not_a_number' || port === 0 ? BAD_PORT : parsed(canonical<number, 'Port'>(port));
}

/** A host as it stands in an authority: IPv6 in brackets. */
export function formatHost(host: Host): string {
  if (host.kind === 'name') return host.name;
  return host.address.family === 6 ? `[${host.address.text}]` : host.address.text;
}

/** A destination as an authority: `host:port`, IPv6 in brackets. `parseAuthority` reads it back as the same. */
export function formatDestination(destination: Destination): string {
  return `${formatHost(destination.host)}:${destination.port}`;
}

/** Whether the text is an unbracketed IPv6 literal, with the port after its last colon or without a port. */
function isBareIpV6(text: string, lastColon: number): boolean {
  return [text.slice(0, lastColon), text].some((part) => parseIpV6(part).kind === 'parsed');
}
