import { isIPv4 } from 'node:net';
import fc from 'fast-check';
import test from 'ava';
import { parseAddress, parseHost } from '../../lib/address/index.js';

const CANONICAL: readonly (readonly [text: string, value: number])[] = [
  ['0.0.0.0', 0],
  ['1.2.3.4', 0x01020304],
  ['127.0.0.1', 0x7f000001],
  ['192.168.0.10', 0xc0a8000a],
  ['255.255.255.255', 0xffffffff],
];

for (const [text, value] of CANONICAL) {
  test(`A4: ${text} is a canonical dotted quad, alone and as a host`, (t) => {
    const address = { family: 4, text, value };
    t.like(parseAddress(text), { kind: 'parsed', value: address });
    t.like(parseHost(text), { kind: 'parsed', value: { kind: 'address', address } });
  });
}

const ODD: readonly (readonly [what: string, text: string])[] = [
  ['decimal', '2130706433'],
  ['hexadecimal', '0x7f000001'],
  ['hexadecimal in upper case', '0X7F000001'],
  ['hexadecimal prefix alone', '0x'],
  ['octal octet', '0177.0.0.1'],
  ['hexadecimal octet', '0x7f.0.0.1'],
  ['hexadecimal last octet', '127.0.0.0x1'],
  ['short', '127.1'],
  ['three parts', '127.53.261'],
  ['five parts', '1.2.3.4.5'],
  ['leading zero', '127.0.0.01'],
  ['octet of 256', '1.2.3.256'],
  ['four digits', '1.2.3.0004'],
  ['trailing dot', '127.0.0.1.'],
  ['a name whose last label is a number', 'example.1'],
  ['a name whose last label is hexadecimal', 'example.0xff'],
];

for (const [what, text] of ODD) {
  test(`A4: refused as a host, ${what}`, (t) => t.like(parseHost(text), { kind: 'malformed', rule: 'A4' }));
  test(`A4: refused as an address, ${what}`, (t) => t.like(parseAddress(text), { kind: 'malformed', rule: 'A4' }));
}

test('A4: what is accepted is what the operating system calls an IPv4 address', (t) => {
  const octet = fc.oneof(fc.nat(300).map(String), fc.constantFrom('', '00', '01', '0x1', '1 ', '+1'));
  const quadLike = fc.array(octet, { minLength: 3, maxLength: 5 }).map((octets) => octets.join('.'));
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), quadLike), (text) => {
      t.is(parseAddress(text).kind === 'parsed', isIPv4(text));
    }),
    { numRuns: 1000 },
  );
});

test('A4: no host that a browser takes for an IPv4 address is taken for a name', (t) => {
  const part = fc.oneof(
    fc.nat().map(String),
    fc.nat().map((n) => `0x${n.toString(16)}`),
    fc.nat().map((n) => `0${n.toString(8)}`),
  );
  const numberLike = fc.tuple(fc.array(part, { minLength: 1, maxLength: 5 }), fc.constantFrom('', '.'));
  fc.assert(
    fc.property(numberLike, ([parts, end]) => {
      const reading = parseHost(parts.join('.') + end);
      if (reading.kind === 'malformed') t.is(reading.rule, 'A4');
      else t.like(reading.value, { kind: 'address', address: { text: parts.join('.') } });
    }),
  );
});
