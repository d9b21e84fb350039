import { MessageChannel } from 'node:worker_threads';
import { once } from 'node:events';
import fc from 'fast-check';
import test from 'ava';
import {
  buildRangeTable,
  ownersOf,
  parseAddress,
  parseRange,
  rangeContains,
  type IpAddress,
  type IpRange,
  type OwnedRange,
  type RangeTable,
} from '../../lib/address/index.js';

function addressFrom(text: string): IpAddress {
  const reading = parseAddress(text);
  if (reading.kind === 'parsed') return reading.value;
  throw new Error(`not an address: ${text}`);
}

/** The block round an address, host bits or not. */
function blockFrom(text: string): IpRange {
  const reading = parseRange(text);
  if (reading.kind === 'malformed') throw new Error(`not a range: ${text}`);
  return reading.kind === 'parsed' ? reading.value : reading.corrected;
}

function tableOf(...texts: string[]): RangeTable {
  return buildRangeTable(texts.map((text, owner) => ({ range: blockFrom(text), owner })));
}

test('the owners of all ranges round an address are found, narrowest first', (t) => {
  const table = tableOf(
    '10.0.0.0/8',
    '10.1.0.0/16',
    '10.1.2.0/24',
    '10.1.2.3/32',
    '10.1.3.0/24',
    '11.0.0.0/8',
    '0.0.0.0/0',
  );
  t.deepEqual(ownersOf(table, addressFrom('10.1.2.3')), [3, 2, 1, 0, 6]);
  t.deepEqual(ownersOf(table, addressFrom('10.1.2.4')), [2, 1, 0, 6]);
  t.deepEqual(ownersOf(table, addressFrom('10.1.4.0')), [1, 0, 6]);
  t.deepEqual(ownersOf(table, addressFrom('10.255.255.255')), [0, 6]);
  t.deepEqual(ownersOf(table, addressFrom('255.255.255.255')), [6]);
});

test('an address in no range, or in a table of none, has no owners', (t) => {
  t.deepEqual(ownersOf(tableOf(), addressFrom('10.0.0.1')), []);
  t.deepEqual(ownersOf(tableOf('10.0.0.0/8', '12.0.0.0/8'), addressFrom('9.255.255.255')), []);
  t.deepEqual(ownersOf(tableOf('10.0.0.0/8', '12.0.0.0/8'), addressFrom('11.0.0.0')), []);
  t.deepEqual(ownersOf(tableOf('10.0.0.0/8', '12.0.0.0/8'), addressFrom('13.0.0.0')), []);
});

test('an owner that lists a range twice, or two nested ones, is named once', (t) => {
  const entries = ['10.0.0.0/8', '10.0.0.0/8', '10.0.0.0/16'].map((text) => ({ range: blockFrom(text), owner: 7 }));
  const table = buildRangeTable([...entries, { range: blockFrom('10.0.0.0/8'), owner: 2 }]);
  t.deepEqual([...ownersOf(table, addressFrom('10.0.0.1'))].sort(), [2, 7]);
});

test('A5: a table keeps the families apart', (t) => {
  const table = tableOf('0.0.0.0/0', '::/0', '::ffff:0:0/96');
  t.deepEqual(ownersOf(table, addressFrom('127.0.0.1')), [0]);
  t.deepEqual(ownersOf(table, addressFrom('::ffff:127.0.0.1')), [2, 1]);
});

/** Few distinct bits, so that blocks nest, touch and repeat. */
const crowded = fc.oneof(
  fc.tuple(
    fc.constantFrom('10.0.0.0', '10.0.0.128', '10.0.1.0', '10.128.0.0', '255.255.255.255', '0.0.0.0'),
    fc.nat(32),
  ),
  fc.tuple(fc.ipV4(), fc.nat(32)),
  fc.tuple(
    fc.constantFrom('::', '::1', '::1:0:0', '2001:db8::', '2001:db8:0:1::', 'ffff::ffff', '8000::'),
    fc.nat(128),
  ),
  fc.tuple(fc.ipV6(), fc.nat(128)),
);
const owned: fc.Arbitrary<OwnedRange> = fc
  .tuple(crowded, fc.nat(9))
  .map(([[text, prefix], owner]) => ({ range: blockFrom(`${text}/${prefix}`), owner }));

function edgesOf(range: IpRange): IpAddress[] {
  const text = (value: bigint): string => {
    if (range.family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
    return value
      .toString(16)
      .padStart(32, '0')
      .replace(/(.{4})(?!$)/g, '$1:');
  };
  const top = range.family === 4 ? 0xffffffffn : (1n << 128n) - 1n;
  const edges = [BigInt(range.first) - 1n, BigInt(range.first), BigInt(range.last), BigInt(range.last) + 1n];
  return edges.filter((value) => value >= 0n && value <= top).map((value) => addressFrom(text(value)));
}

test('a table agrees with asking every range, at every edge', (t) => {
  fc.assert(
    fc.property(fc.array(owned, { maxLength: 40 }), fc.ipV4(), fc.ipV6(), (entries, v4, v6) => {
      const table = buildRangeTable(entries);
      const addresses = [addressFrom(v4), addressFrom(v6), ...entries.flatMap(({ range }) => edgesOf(range))];
      for (const address of addresses) {
        const asked = entries.filter(({ range }) => rangeContains(range, address)).map(({ owner }) => owner);
        t.deepEqual([...ownersOf(table, address)].sort(), [...new Set(asked)].sort());
      }
    }),
    { numRuns: 300 },
  );
});

test('a table can be posted from a worker as it is', async (t) => {
  const table = tableOf('10.0.0.0/8', '10.1.0.0/16', '2001:db8::/32');
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(table);
  const [copy] = (await once(port2, 'message')) as [RangeTable];
  t.deepEqual(ownersOf(copy, addressFrom('10.1.0.1')), [1, 0]);
  t.deepEqual(ownersOf(copy, addressFrom('2001:db8::1')), [2]);
  port1.close();
});

test('100,000 ranges are laid out and looked up', (t) => {
  const entries = Array.from({ length: 100_000 }, (_, owner): OwnedRange => {
    const first = owner * 256;
    return { owner, range: { family: 4, first, last: first + 255, text: `block ${owner}` } };
  });
  const table = buildRangeTable(entries);
  t.deepEqual(ownersOf(table, addressFrom('0.0.0.255')), [0]);
  t.deepEqual(ownersOf(table, addressFrom('1.134.159.255')), [99_999]);
  t.deepEqual(ownersOf(table, addressFrom('1.134.160.0')), []);
});
