import fc from 'fast-check';
import test from 'ava';
import {
  addressFromSocket,
  clientBlock,
  parseAddress,
  parseRange,
  rangeContains,
  rangeOf,
  type IpAddress,
  type IpRange,
} from '../../lib/address/index.js';

function rangeFrom(text: string): IpRange {
  const reading = parseRange(text);
  if (reading.kind === 'parsed') return reading.value;
  throw new Error(`not a range: ${text}: ${reading.detail}`);
}

function addressFrom(text: string): IpAddress {
  const reading = parseAddress(text);
  if (reading.kind === 'parsed') return reading.value;
  throw new Error(`not an address: ${text}: ${reading.detail}`);
}

const READ: readonly (readonly [text: string, canonical: string, first: string, last: string])[] = [
  ['10.0.0.0/8', '10.0.0.0/8', '10.0.0.0', '10.255.255.255'],
  ['0.0.0.0/0', '0.0.0.0/0', '0.0.0.0', '255.255.255.255'],
  ['128.0.0.0/1', '128.0.0.0/1', '128.0.0.0', '255.255.255.255'],
  ['10.1.2.3/32', '10.1.2.3/32', '10.1.2.3', '10.1.2.3'],
  ['10.1.2.3', '10.1.2.3/32', '10.1.2.3', '10.1.2.3'],
  ['2001:DB8::/32', '2001:db8::/32', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['::/0', '::/0', '::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['::1', '::1/128', '::1', '::1'],
  ['::ffff:10.0.0.0/104', '::ffff:a00:0/104', '::ffff:a00:0', '::ffff:aff:ffff'],
];

for (const [text, canonical, first, last] of READ) {
  test(`${text} is the block ${canonical}, from ${first} to ${last}`, (t) => {
    t.like(rangeFrom(text), { text: canonical, first: addressFrom(first).value, last: addressFrom(last).value });
  });
}

const HOST_BITS: readonly (readonly [text: string, corrected: string])[] = [
  ['10.1.0.0/8', '10.0.0.0/8'],
  ['10.0.0.255/31', '10.0.0.254/31'],
  ['1.2.3.4/0', '0.0.0.0/0'],
  ['2001:db8::1/64', '2001:db8::/64'],
];

for (const [text, corrected] of HOST_BITS) {
  test(`${text} has host bits, and ${corrected} is offered instead`, (t) => {
    t.like(parseRange(text), { kind: 'host_bits', corrected: { text: corrected } });
  });
}

const REFUSED: readonly (readonly [rule: string, text: string])[] = [
  ['A4', ''],
  ['A4', '/8'],
  ['A4', '10.0.0.0/'],
  ['A4', '10.0.0.0/33'],
  ['A4', '10.0.0.0/08'],
  ['A4', '10.0.0.0/+8'],
  ['A4', '10.0.0.0/8/8'],
  ['A4', '10.0.0.0/255.0.0.0'],
  ['A4', '10.0/16'],
  ['A4', '010.0.0.0/8'],
  ['A4', '10.0.0.0-10.0.0.9'],
  ['A4', 'example.com/8'],
  ['A5', '::/129'],
  ['A5', '[::1]/128'],
  ['A5', 'fe80::%eth0/64'],
];

for (const [rule, text] of REFUSED) {
  test(`refused by ${rule}: '${text}'`, (t) => t.like(parseRange(text), { kind: 'malformed', rule }));
}

test('A5: the families never contain each other', (t) => {
  t.false(rangeContains(rangeFrom('0.0.0.0/0'), addressFrom('::1')));
  t.false(rangeContains(rangeFrom('10.0.0.0/8'), addressFrom('a00::1')));
  t.false(rangeContains(rangeFrom('127.0.0.0/8'), addressFrom('::ffff:127.0.0.1')));
  t.false(rangeContains(rangeFrom('::/0'), addressFrom('1.2.3.4')));
  t.false(rangeContains(rangeFrom('::ffff:0:0/96'), addressFrom('1.2.3.4')));
});

test('a single address is a range of one', (t) => {
  for (const text of ['10.0.0.1', '2001:db8::1']) {
    t.deepEqual(rangeOf(addressFrom(text)), rangeFrom(text));
    t.true(rangeContains(rangeOf(addressFrom(text)), addressFrom(text)));
  }
});

const address = fc.oneof(fc.ipV4(), fc.ipV6()).map(addressFrom);

test('the bits that a block fixes are those of the prefix, by plain arithmetic', (t) => {
  fc.assert(
    fc.property(address, fc.nat(128), (ip, length) => {
      const bits = ip.family === 4 ? 32 : 128;
      const prefix = Math.min(length, bits);
      const reading = parseRange(`${ip.text}/${prefix}`);
      if (reading.kind === 'malformed') return t.fail(reading.detail);
      const range = reading.kind === 'parsed' ? reading.value : reading.corrected;
      const free = BigInt(bits - prefix);
      t.is(BigInt(range.first), (BigInt(ip.value) >> free) << free);
      t.is(BigInt(range.last), BigInt(range.first) + (1n << free) - 1n);
      t.true(rangeContains(range, ip));
      t.deepEqual(rangeFrom(range.text), range);
      t.is(reading.kind, BigInt(range.first) === BigInt(ip.value) ? 'parsed' : 'host_bits');
    }),
    { numRuns: 1000 },
  );
});

test('an IPv4 client is its address, also where a dual-stack listener writes it as IPv6', (t) => {
  t.is(clientBlock(addressFromSocket('192.0.2.1')), '192.0.2.1');
  t.is(clientBlock(addressFromSocket('::ffff:192.0.2.1')), '192.0.2.1');
});

test('an IPv6 client is the /64 of its address', (t) => {
  t.is(clientBlock(addressFromSocket('2001:db8:1:2:3:4:5:6')), '2001:0db8:0001:0002::/64');
  t.is(clientBlock(addressFromSocket('2001:db8:1:2::')), clientBlock(addressFromSocket('2001:db8:1:2:ffff::1')));
  t.not(clientBlock(addressFromSocket('2001:db8:1:2::1')), clientBlock(addressFromSocket('2001:db8:1:3::1')));
  t.is(clientBlock(addressFromSocket('::1')), '0000:0000:0000:0000::/64');
});
