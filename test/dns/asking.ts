import type { ExecutionContext } from 'ava';
import { parseHost, type DomainName } from '../../lib/address/index.js';
import { readDnsServer, type AskResult, type DnsServer } from '../../lib/dns/index.js';
import { startDnsServer, type DnsServer as TestServer, type Zone } from '../fixtures/dns-server.js';

/** Starts servers with these zones, in order, and closes them after the test. */
export async function startServers(
  t: ExecutionContext,
  ...zones: readonly Zone[]
): Promise<{ readonly running: readonly TestServer[]; readonly servers: readonly DnsServer[] }> {
  const running = await Promise.all(zones.map(startDnsServer));
  t.teardown(() => Promise.all(running.map(({ close }) => close())));
  return { running, servers: running.map(({ address }) => serverAt(address)) };
}

/** The server of an address as the configuration writes it. */
export function serverAt(address: string): DnsServer {
  const server = readDnsServer(address);
  if (server === 'malformed') throw new Error(address);
  return server;
}

/** A host name as the address room makes it. */
export function domainName(text: string): DomainName {
  const read = parseHost(text);
  if (read.kind === 'malformed' || read.value.kind === 'address') throw new Error(text);
  return read.value.name;
}

/** The addresses of a result, or its kind; after which server; and the codes of those that failed. */
export function summary(result: AskResult): unknown {
  if (result.kind === 'failed') return result.failures.map(({ code }) => code);
  const { reply, place } = result;
  return [reply.kind === 'addresses' ? reply.records.map(({ address }) => address.text).join(' ') : reply.kind, place];
}

/** A zone in which every name has one IPv4 address. */
export function zoneOf(value: string): Zone {
  return { '*': [{ type: 'A', value, ttl: 60 }] };
}
