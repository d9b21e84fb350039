import fc from 'fast-check';
import test from 'ava';
import { cloudMetadata, parseAddress, specialPurpose, type Purpose } from '../../lib/address/index.js';

function purposeOf(text: string): Purpose {
  const reading = parseAddress(text);
  if (reading.kind === 'parsed') return specialPurpose(reading.value);
  throw new Error(`not an address: ${text}`);
}

const SPECIAL: readonly (readonly [name: string, ...addresses: string[]])[] = [
  ['this network', '0.0.0.1', '0.255.255.255'],
  ['this host on this network', '0.0.0.0'],
  ['private use', '10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
  ['shared address space', '100.64.0.0', '100.100.100.200', '100.127.255.255'],
  ['loopback', '127.0.0.0', '127.255.255.255', '::1'],
  ['link local', '169.254.169.254', '169.254.0.0', '169.254.255.255', 'fe80::1', 'febf:ffff::'],
  ['IETF protocol assignments', '192.0.0.11', '192.0.0.192', '192.0.0.255', '2001:100::', '2001:1ff:ffff::'],
  ['IPv4 service continuity prefix', '192.0.0.0', '192.0.0.7'],
  ['IPv4 dummy address', '192.0.0.8'],
  ['port control protocol anycast', '192.0.0.9', '2001:1::1'],
  ['traversal using relays around NAT anycast', '192.0.0.10', '2001:1::2'],
  ['DNS-SD service registration protocol anycast', '2001:1::3'],
  ['NAT64/DNS64 discovery', '192.0.0.170', '192.0.0.171'],
  ['documentation (TEST-NET-1)', '192.0.2.0', '192.0.2.255'],
  ['documentation (TEST-NET-2)', '198.51.100.1'],
  ['documentation (TEST-NET-3)', '203.0.113.1'],
  ['AS112-v4', '192.31.196.1'],
  ['automatic multicast tunneling', '192.52.193.1', '2001:3::1'],
  ['6to4 relay anycast (deprecated)', '192.88.99.1'],
  ['6a44 relay anycast', '192.88.99.2'],
  ['direct delegation AS112 service', '192.175.48.1', '2620:4f:8000::1'],
  ['benchmarking', '198.18.0.0', '198.19.255.255', '2001:2::1'],
  ['multicast', '224.0.0.1', '239.255.255.255', 'ff02::1', 'ffff:ffff::'],
  ['reserved (class E)', '240.0.0.0', '255.255.255.254'],
  ['limited broadcast', '255.255.255.255'],
  ['unspecified address', '::'],
  ['IPv4-compatible (deprecated)', '::8.8.8.8'],
  ['IPv4-mapped', '::ffff:8.8.8.8'],
  ['IPv4-translated (deprecated)', '::ffff:0:8.8.8.8'],
  ['IPv4-IPv6 translation', '64:ff9b::8.8.8.8', '64:ff9b:1::8.8.8.8', '64:ff9b:1:ffff::'],
  ['discard only', '100::1'],
  ['dummy prefix', '100:0:0:1::1'],
  ['Teredo', '2001::1', '2001:0:ffff::'],
  ['AS112-v6', '2001:4:112::1'],
  ['ORCHID (deprecated)', '2001:10::1', '2001:1f:ffff::'],
  ['ORCHIDv2', '2001:20::1', '2001:2f:ffff::'],
  ['drone remote identification', '2001:30::1', '2001:3f:ffff::'],
  ['documentation', '2001:db8::1', '2001:db8:ffff::', '3fff::1', '3fff:fff::'],
  ['6to4', '2002::1', '2002:7f00:1::'],
  ['segment routing identifiers', '5f00::1'],
  ['unique local', 'fc00::1', 'fd00:ec2::254', 'fdff:ffff::'],
  ['site local (deprecated)', 'fec0::1', 'feff::1'],
  ['not global unicast', '64:ff9b:2::', '100:0:0:2::', '1fff:ffff::', '4000::', '5eff::', '8000::', 'fe00::'],
];

for (const [name, ...addresses] of SPECIAL) {
  for (const address of addresses) {
    test(`A7: ${address} is special: ${name}`, (t) => {
      t.like(purposeOf(address), { kind: 'special_purpose', name });
    });
  }
}

const GLOBAL = [
  ...[
    '1.0.0.0',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
  ],
  ...['169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '191.255.255.255', '192.0.1.0', '192.0.3.0'],
  ...[
    '192.88.98.255',
    '192.88.100.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '198.51.99.255',
  ],
  ...['203.0.112.255', '203.0.114.0', '223.255.255.255'],
  ...[
    '2000::',
    '2001:200::',
    '2001:db7:ffff::',
    '2001:db9::',
    '2003::',
    '2606:4700::1111',
    '2620:4f:7fff::',
    '3ffe:ffff::',
  ],
  ...['3fff:1000::', '3fff:ffff::'],
];

for (const address of GLOBAL) {
  test(`A7: ${address} is global`, (t) => t.deepEqual(purposeOf(address), { kind: 'global' }));
}

test('A7: no IPv6 address outside 2000::/3 is global', (t) => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (value) => {
      const text = value
        .toString(16)
        .padStart(32, '0')
        .replace(/(.{4})(?!$)/g, '$1:');
      if (value >> 125n !== 1n) t.is(purposeOf(text).kind, 'special_purpose', text);
    }),
  );
});

test('A7: every special purpose names its RFC', (t) => {
  for (const [, address = ''] of SPECIAL) {
    const purpose = purposeOf(address);
    t.regex(purpose.kind === 'special_purpose' ? purpose.rfc : '', /^RFC \d+( section [\d.]+)?$/);
  }
});

for (const [address, name] of [
  ['169.254.169.254', /link local/],
  ['169.254.170.2', /link local/],
  ['169.254.170.23', /link local/],
  ['fe80::a9fe:a9fe', /OpenStack/],
  ['fd00:ec2::254', /AWS instance/],
  ['fd00:ec2::23', /EKS/],
  ['fd20:ce::254', /Google/],
  ['fd00:42::42', /Scaleway/],
  ['100.100.100.200', /Alibaba/],
  ['168.63.129.16', /Azure/],
  ['192.0.0.192', /Oracle/],
] as const) {
  test(`${address} is a cloud metadata address, with its source`, (t) => {
    const read = parseAddress(address);
    const service = read.kind === 'parsed' ? cloudMetadata(read.value) : 'none';
    t.regex(service === 'none' ? '' : service.name, name);
    t.regex(service === 'none' ? '' : service.source, /\w/);
  });
}

test('neighbours of cloud metadata addresses are none', (t) => {
  for (const text of ['100.100.100.201', '168.63.129.17', '192.0.0.193', 'fd00:ec2::255', 'fd20:ce::253', '10.0.0.1']) {
    const read = parseAddress(text);
    t.is(read.kind === 'parsed' ? cloudMetadata(read.value) : 'malformed', 'none', text);
  }
});

test('private use is RFC 1918, the shared address space and unique local addresses, and nothing else', (t) => {
  for (const text of [
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '100.127.0.1',
    'fd00::1',
  ])
    t.like(purposeOf(text), { kind: 'special_purpose', use: 'private' }, text);
  for (const text of ['127.0.0.1', '169.254.1.1', '198.18.0.1', '192.0.2.1', '224.0.0.1', '0.0.0.0', '240.0.0.1'])
    t.like(purposeOf(text), { kind: 'special_purpose', use: 'other' }, text);
  for (const text of ['::1', 'fe80::1', 'fec0::1', 'ff02::1', '::ffff:10.0.0.1', '64:ff9b::a00:1', '2002:a00:1::1'])
    t.like(purposeOf(text), { kind: 'special_purpose', use: 'other' }, text);
  for (const text of ['172.32.0.1', '100.128.0.1', '8.8.8.8']) t.is(purposeOf(text).kind, 'global', text);
});
