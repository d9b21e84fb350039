import type { LookupFunction } from 'node:net';
import { type DomainName, type IpAddress, parseAddress, parseHost } from '../address/index.js';
import { askFamilies, DnsClient, ServerList } from '../dns/index.js';

/** Names of the configuration and the addresses they stand for, before DNS. */
type KnownHosts = ReadonlyMap<DomainName, readonly IpAddress[]>;

/**
 * Makes the look-up for connections to hosts of the configuration: sinks, anchors, the log. It finds what clients find too: names
 * in `hosts`, then DNS by the same servers, never `/etc/hosts` or search domains; `localhost` is this machine (RFC 6761 §6.3).
 */
export function createHostLookup(
  { servers, hosts }: { readonly servers: readonly string[] | 'system'; readonly hosts: KnownHosts },
  budgetMs: number,
): LookupFunction {
  const dns = new DnsClient();
  const list = new ServerList(servers, () => dns.forget());
  const find = async (name: DomainName): Promise<readonly IpAddress[]> => {
    const known = isLocal(name) ? LOCAL : hosts.get(name);
    if (known !== undefined) return known;
    const found = await askFamilies(dns, name, list.current(), budgetMs);
    if (found.kind === 'found') return found.answers.addresses;
    throw lookupError(name, found.kind === 'not_found' ? 'ENOTFOUND' : 'EAI_AGAIN', found.detail);
  };
  return (hostname, options, callback) => {
    const report = (error: NodeJS.ErrnoException | null, addresses: readonly IpAddress[]): void => {
      const [first] = addresses;
      if (error !== null || first === undefined) callback(error ?? lookupError(hostname, 'ENOTFOUND', ''), '', 0);
      else if (options.all === true)
        callback(
          null,
          addresses.map(({ text, family }) => ({ address: text, family })),
        );
      else callback(null, first.text, first.family);
    };
    const wanted = familyOf(options.family);
    addressesOf(hostname, find).then(
      (addresses) =>
        process.nextTick(
          report,
          null,
          addresses.filter(({ family }) => wanted === 0 || family === wanted),
        ),
      (error: unknown) => process.nextTick(report, error instanceof Error ? error : new Error(String(error)), []),
    );
  };
}

const LOCAL: readonly IpAddress[] = ['127.0.0.1', '::1'].flatMap((text) => {
  const read = parseAddress(text);
  return read.kind === 'parsed' ? [read.value] : [];
});

function isLocal(name: DomainName): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

function addressesOf(
  hostname: string,
  find: (name: DomainName) => Promise<readonly IpAddress[]>,
): Promise<readonly IpAddress[]> {
  const host = parseHost(hostname);
  if (host.kind === 'malformed') return Promise.reject(lookupError(hostname, 'ENOTFOUND', host.detail));
  return host.value.kind === 'name' ? find(host.value.name) : Promise.resolve([host.value.address]);
}

function familyOf(family: number | string | undefined): number {
  if (family === 'IPv4') return 4;
  return family === 'IPv6' ? 6 : Number(family ?? 0);
}

function lookupError(name: string, code: string, detail: string): NodeJS.ErrnoException {
  const why = code === 'ENOTFOUND' ? `"${name}" is not in DNS` : `"${name}" could not be looked up`;
  const hint = code === 'ENOTFOUND' ? '; add it to "hosts" (search domains and /etc/hosts are not used)' : '';
  return Object.assign(new Error(`${why}${detail === '' ? '' : ` (${detail})`}${hint}`), { code });
}
