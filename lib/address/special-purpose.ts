import { parseRange } from './range.js';
import { buildRangeTable, ownersOf, type RangeTable } from './range-table.js';
import type { IpAddress } from './types.js';

/** Whether an address is an ordinary one of the Internet. If not: the block it lies in, as IANA names it, and its source. */
export type Purpose =
  | { readonly kind: 'global' }
  | {
      readonly kind: 'special_purpose';
      readonly name: string;
      readonly rfc: string;
      /** `private`: RFC 1918, shared (100.64/10) and unique local addresses, which networks of companies use. */
      readonly use: 'private' | 'other';
    };

type Block = readonly [range: string, name: string, rfc: string];

/**
 * The IANA IPv4 Special-Purpose Address Registry, every block, and multicast.
 *
 * A block is here also where the registry calls it globally reachable (the anycast addresses 192.0.0.9 and .10, AS112,
 * AMT): each leads to the nearest machine that serves it, perhaps in one's own network. A policy that means one lists it.
 */
const IPV4: readonly Block[] = [
  ['0.0.0.0/8', 'this network', 'RFC 791 section 3.2'],
  ['0.0.0.0/32', 'this host on this network', 'RFC 1122 section 3.2.1.3'],
  ['10.0.0.0/8', 'private use', 'RFC 1918'],
  ['100.64.0.0/10', 'shared address space', 'RFC 6598'],
  ['127.0.0.0/8', 'loopback', 'RFC 1122 section 3.2.1.3'],
  ['169.254.0.0/16', 'link local', 'RFC 3927'],
  ['172.16.0.0/12', 'private use', 'RFC 1918'],
  ['192.0.0.0/24', 'IETF protocol assignments', 'RFC 6890 section 2.1'],
  ['192.0.0.0/29', 'IPv4 service continuity prefix', 'RFC 7335'],
  ['192.0.0.8/32', 'IPv4 dummy address', 'RFC 7600'],
  ['192.0.0.9/32', 'port control protocol anycast', 'RFC 7723'],
  ['192.0.0.10/32', 'traversal using relays around NAT anycast', 'RFC 8155'],
  ['192.0.0.170/32', 'NAT64/DNS64 discovery', 'RFC 8880'],
  ['192.0.0.171/32', 'NAT64/DNS64 discovery', 'RFC 8880'],
  ['192.0.2.0/24', 'documentation (TEST-NET-1)', 'RFC 5737'],
  ['192.31.196.0/24', 'AS112-v4', 'RFC 7535'],
  ['192.52.193.0/24', 'automatic multicast tunneling', 'RFC 7450'],
  ['192.88.99.0/24', '6to4 relay anycast (deprecated)', 'RFC 7526'],
  ['192.88.99.2/32', '6a44 relay anycast', 'RFC 6751'],
  ['192.168.0.0/16', 'private use', 'RFC 1918'],
  ['192.175.48.0/24', 'direct delegation AS112 service', 'RFC 7534'],
  ['198.18.0.0/15', 'benchmarking', 'RFC 2544'],
  ['198.51.100.0/24', 'documentation (TEST-NET-2)', 'RFC 5737'],
  ['203.0.113.0/24', 'documentation (TEST-NET-3)', 'RFC 5737'],
  ['224.0.0.0/4', 'multicast', 'RFC 5771'],
  ['240.0.0.0/4', 'reserved (class E)', 'RFC 1112 section 4'],
  ['255.255.255.255/32', 'limited broadcast', 'RFC 919 section 7'],
];

/**
 * The IANA IPv6 Special-Purpose Address Registry, every block; multicast; the deprecated forms that embed an IPv4; and
 * all that lies outside 2000::/3, which is the only space given out as global unicast.
 */
const IPV6: readonly Block[] = [
  ['::/3', 'not global unicast', 'RFC 4291 section 2.4'],
  ['4000::/2', 'not global unicast', 'RFC 4291 section 2.4'],
  ['8000::/1', 'not global unicast', 'RFC 4291 section 2.4'],
  ['::/96', 'IPv4-compatible (deprecated)', 'RFC 4291 section 2.5.5.1'],
  ['::/128', 'unspecified address', 'RFC 4291'],
  ['::1/128', 'loopback', 'RFC 4291'],
  ['::ffff:0:0/96', 'IPv4-mapped', 'RFC 4291'],
  ['::ffff:0:0:0/96', 'IPv4-translated (deprecated)', 'RFC 2765 section 2.1'],
  ['64:ff9b::/96', 'IPv4-IPv6 translation', 'RFC 6052'],
  ['64:ff9b:1::/48', 'IPv4-IPv6 translation', 'RFC 8215'],
  ['100::/64', 'discard only', 'RFC 6666'],
  ['100:0:0:1::/64', 'dummy prefix', 'RFC 9780'],
  ['2001::/23', 'IETF protocol assignments', 'RFC 2928'],
  ['2001::/32', 'Teredo', 'RFC 4380'],
  ['2001:1::1/128', 'port control protocol anycast', 'RFC 7723'],
  ['2001:1::2/128', 'traversal using relays around NAT anycast', 'RFC 8155'],
  ['2001:1::3/128', 'DNS-SD service registration protocol anycast', 'RFC 9665'],
  ['2001:2::/48', 'benchmarking', 'RFC 5180'],
  ['2001:3::/32', 'automatic multicast tunneling', 'RFC 7450'],
  ['2001:4:112::/48', 'AS112-v6', 'RFC 7535'],
  ['2001:10::/28', 'ORCHID (deprecated)', 'RFC 4843'],
  ['2001:20::/28', 'ORCHIDv2', 'RFC 7343'],
  ['2001:30::/28', 'drone remote identification', 'RFC 9374'],
  ['2001:db8::/32', 'documentation', 'RFC 3849'],
  ['2002::/16', '6to4', 'RFC 3056'],
  ['2620:4f:8000::/48', 'direct delegation AS112 service', 'RFC 7534'],
  ['3fff::/20', 'documentation', 'RFC 9637'],
  ['5f00::/16', 'segment routing identifiers', 'RFC 9602'],
  ['fc00::/7', 'unique local', 'RFC 4193'],
  ['fe80::/10', 'link local', 'RFC 4291'],
  ['fec0::/10', 'site local (deprecated)', 'RFC 3879'],
  ['ff00::/8', 'multicast', 'RFC 4291 section 2.7'],
];

/** The blocks that companies number their own networks from. Octopus' targets usually live there. */
const PRIVATE_USE: readonly string[] = ['private use', 'shared address space', 'unique local'];

const BLOCKS: readonly Block[] = [...IPV4, ...IPV6];
const GLOBAL: Purpose = { kind: 'global' };

const purposes: readonly Purpose[] = BLOCKS.map(([, name, rfc]) => {
  return { kind: 'special_purpose', name, rfc, use: PRIVATE_USE.includes(name) ? 'private' : 'other' };
});
const table = tableOf(BLOCKS);

/**
 * What an address is for, by the IANA special-purpose registries (rule A7): `global`, or the narrowest listed block that
 * holds it. IPv6 that embeds an IPv4 is judged by its own block, never as the IPv4.
 */
export function specialPurpose(address: IpAddress): Purpose {
  const [narrowest] = ownersOf(table, address);
  if (narrowest === undefined) return GLOBAL;
  const purpose = purposes[narrowest];
  if (purpose === undefined) throw new RangeError('special-purpose table is damaged: no such block');
  return purpose;
}

type Service = readonly [range: string, name: string, source: string];

/**
 * Addresses of the services that give a cloud machine its metadata, and with it credentials, to any process that asks.
 * Several lie in blocks that are otherwise private or public. Both link-local blocks are here as a whole: every cloud takes
 * its addresses from them.
 */
const METADATA: readonly Service[] = [
  ['169.254.0.0/16', 'link local, with the metadata services of most clouds', 'RFC 3927; AWS EC2 User Guide, IMDS'],
  ['fe80::/10', 'link local, with fe80::a9fe:a9fe of OpenStack', 'RFC 4291; OpenStack Neutron, metadata over IPv6'],
  ['fd00:ec2::254/128', 'AWS instance metadata', 'AWS EC2 User Guide, IMDS'],
  ['fd00:ec2::23/128', 'AWS EKS Pod Identity agent', 'AWS EKS User Guide, Pod Identity agent'],
  ['fd20:ce::254/128', 'Google Cloud metadata server', 'Google Compute Engine, about VM metadata'],
  ['fd00:42::42/128', 'Scaleway instance metadata', 'cloud-init, Scaleway datasource'],
  ['100.100.100.200/32', 'Alibaba Cloud instance metadata', 'Alibaba Cloud ECS User Guide, instance metadata'],
  ['168.63.129.16/32', 'Azure platform channel (WireServer)', 'Microsoft Learn, what is IP address 168.63.129.16'],
  ['192.0.0.192/32', 'Oracle Cloud instance metadata (older images)', 'OCI Compute, instance metadata service'],
];

const metadataTable = tableOf(METADATA);

/** A cloud metadata service, and where its address is documented. */
export interface MetadataService {
  readonly name: string;
  readonly source: string;
}

/** The cloud metadata service that an address belongs to. No rule leads there unless it lists the address itself. */
export function cloudMetadata(address: IpAddress): MetadataService | 'none' {
  const [narrowest = -1] = ownersOf(metadataTable, address);
  const service = METADATA[narrowest];
  return service === undefined ? 'none' : { name: service[1], source: service[2] };
}

function tableOf(rows: readonly (readonly [range: string, ...rest: string[]])[]): RangeTable {
  return buildRangeTable(
    rows.map(([text], owner) => {
      const range = parseRange(text);
      if (range.kind !== 'parsed') throw new Error(`special-purpose table: ${text}: ${range.detail}`);
      return { range: range.value, owner };
    }),
  );
}
