import { isIP, isIPv6 } from 'node:net';

/** The address of a DNS server. */
export interface DnsServer {
  /** As in the configuration, such as `10.0.0.53` or `[2001:db8::53]:5353`. */
  readonly text: string;
  /** Without brackets; an IPv6 address may have a zone. */
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
}

const DNS_PORT = 53;

/** Reads the address of a DNS server, with an optional port; an IPv6 address with a port is in brackets. */
export function readDnsServer(text: string): DnsServer | 'malformed' {
  const [, bracketed, plain = text, port] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = bracketed ?? plain;
  if (isIP(address) === 0) return 'malformed';
  return { text, address, port: Number(port ?? DNS_PORT), family: isIPv6(address) ? 6 : 4 };
}
