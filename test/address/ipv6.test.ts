import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import test from 'ava';
import { parseAddress, parseHost, type IpAddress } from '../../lib/address/index.js';

function addressOf(text: string): IpAddress {
  const reading = parseAddress(text);
  if (reading.kind === 'parsed') return reading.value;
  throw new Error(`not an address: ${text}: ${reading.detail}`);
}

/** The eight groups of an address, as the longest text that RFC 4291 allows without a quad. */
const fullText = fc
  .array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((group) => group.toString(16).padStart(4, '0')).join(':'));

const CANONICAL: readonly (readonly [what: string, text: string, canonical: string, value: bigint])[] = [
  ['unspecified', '::', '::', 0n],
  ['loopback', '::1', '::1', 1n],
  ['gap at the end', '1::', '1::', 1n << 112n],
  ['upper case', '2001:DB8::A', '2001:db8::a', 0x20010db800000000000000000000000an],
  ['leading zeros', '2001:0db8:0000:0000:0000:0000:0000:000a', '2001:db8::a', 0x20010db800000000000000000000000an],
  ['the longest run is compressed', '1:0:0:2:0:0:0:3', '1:0:0:2::3', 0x00010000000000020000000000000003n],
  ['the first of equal runs', '1:0:0:2:3:0:0:4', '1::2:3:0:0:4', 0x00010000000000020003000000000004n],
  ['one zero group is not compressed', '1:2:3:4:0:6:7:8', '1:2:3:4:0:6:7:8', 0x00010002000300040000000600070008n],
  ['a gap that stands for one group', '1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0', 0x00010002000300040005000600070000n],
  ['A5: mapped stays IPv6, in hexadecimal', '::ffff:127.0.0.1', '::ffff:7f00:1', 0xffff7f000001n],
  ['A5: NAT64 stays IPv6', '64:ff9b::10.0.0.1', '64:ff9b::a00:1', 0x64ff9b00000000000000000a000001n],
  ['a quad after six groups', '1:2:3:4:5:6:7.8.9.10', '1:2:3:4:5:6:708:90a', 0x0001000200030004000500060708090an],
];

for (const [what, text, canonical, value] of CANONICAL) {
  test(`A5: ${text} is read as ${canonical} (${what})`, (t) => {
    const address = { family: 6, text: canonical, value };
    t.like(parseAddress(text), { kind: 'parsed', value: address });
    t.like(parseHost(`[${text}]`), { kind: 'parsed', value: { kind: 'address', address } });
  });
}

const REFUSED: readonly (readonly [what: string, text: string])[] = [
  ['zone', 'fe80::1%eth0'],
  ['encoded zone', 'fe80::1%25eth0'],
  ['IPvFuture', 'v1.fe80::a'],
  ['two gaps', '1::2::3'],
  ['three colons', '1:::2'],
  ['a leading colon', ':1:2:3:4:5:6:7:8'],
  ['a trailing colon', '1:2:3:4:5:6:7:8:'],
  ['a gap that stands for nothing', '1:2:3:4:5:6:7:8::'],
  ['a gap that stands for nothing, in the middle', '1:2:3:4::5:6:7:8'],
  ['nine groups', '1:2:3:4:5:6:7:8:9'],
  ['seven groups', '1:2:3:4:5:6:7'],
  ['five digits', '12345::'],
  ['not hexadecimal', 'g::'],
  ['a colon alone', ':'],
  ['a quad with a leading zero', '::ffff:127.0.0.01'],
  ['a quad of three', '::ffff:127.0.1'],
  ['a quad that is not last', '::1.2.3.4:5'],
  ['a quad after seven groups', '1:2:3:4:5:6:7:1.2.3.4'],
  ['a hexadecimal octet', '::1.2.3.a'],
  ['a prefix length', '::1/128'],
  ['white space', '::1 '],
  ['a tab, which a URL may hold anywhere', ':\t:1'],
  ['a line end', '::1\n'],
  ['the end of a host in a URL', '::1]/['],
  ['user information in front of a host in a URL', '::1]@[::2'],
  ['64 KiB of colons', ':'.repeat(65536)],
  ['64 KiB of groups', '1:'.repeat(32768)],
];

for (const [what, text] of REFUSED) {
  test(`A5: refused, ${what}`, (t) => {
    t.like(parseAddress(text), { kind: 'malformed', rule: 'A5' });
    t.is(parseHost(`[${text}]`).kind, 'malformed');
  });
}

test('A5: brackets hold an IPv6 literal and nothing else', (t) => {
  for (const text of ['[example.net]', '[127.0.0.1]', '[]', '[::1', '[[::1]]', '[::1]x', '[v1.a]']) {
    t.like(parseHost(text), { kind: 'malformed', rule: 'A5' }, text);
  }
  t.like(parseHost('::1]'), { kind: 'malformed', rule: 'A2' });
});

test('A5: what is accepted is what the operating system calls an IPv6 address, less zones', (t) => {
  const piece = fc.constantFrom('0', '1', 'ffff', '10000', 'G', ':', ':', ':', '::', '.', '1.2.3.4', '%', '');
  const almost = fc.array(piece, { maxLength: 18 }).map((pieces) => `${pieces.join('')}:`);
  const turned = fc
    .tuple(fc.ipV6(), fc.nat(45), piece)
    .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at + 1));
  fc.assert(
    fc.property(fc.oneof(fc.ipV6(), almost, turned), (text) => {
      if (!text.includes(':')) return;
      t.is(parseAddress(text).kind === 'parsed', isIPv6(text) && !text.includes('%'), text);
    }),
    { numRuns: 3000 },
  );
});

/** RFC 5952 §4.2: `::` for the longest run of two or more zero groups, the first of equals. */
function compressed(groups: readonly number[]): string {
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  for (let run = 8; run >= 2; run--) {
    for (let at = 0; at + run <= 8; at++) {
      if (groups.slice(at, at + run).every((group) => group === 0)) return `${hex(0, at)}::${hex(at + run, 8)}`;
    }
  }
  return hex(0, 8);
}

test('A5: the canonical text has its longest run of zeros compressed, and is read as itself', (t) => {
  fc.assert(
    fc.property(fullText, (text) => {
      const groups = text.split(':').map((group) => parseInt(group, 16));
      t.is(addressOf(text).text, compressed(groups));
      t.deepEqual(addressOf(addressOf(text).text), addressOf(text));
    }),
    { numRuns: 1000 },
  );
});

test('A5: the value is the 128 bits that the text spells', (t) => {
  fc.assert(
    fc.property(fullText, (text) => {
      t.is(addressOf(text).value, BigInt(`0x${text.replaceAll(':', '')}`));
    }),
  );
});
