import fc from 'fast-check';
import test from 'ava';
import { isUnder, parseHost, type DomainName, type Parsed, type Host } from '../../lib/address/index.js';

const label63 = 'a'.repeat(63);
const name253 = `${label63}.${label63}.${label63}.${'a'.repeat(61)}`;

function nameOf(reading: Parsed<Host>): DomainName {
  if (reading.kind === 'parsed' && reading.value.kind === 'name') return reading.value.name;
  throw new Error(`not a name: ${JSON.stringify(reading)}`);
}

const ACCEPTED: readonly (readonly [what: string, text: string, name: string])[] = [
  ['A2: letters, digits, hyphen, underscore and dot', 'a-1_b.example', 'a-1_b.example'],
  ['A2: a single label', 'buildserver', 'buildserver'],
  ['A2: an A-label stays as it is', 'xn--mnchen-3ya.example', 'xn--mnchen-3ya.example'],
  ['A3: upper case is lowered', 'ANY.NuGet.ORG', 'any.nuget.org'],
  ['A3: one trailing dot is dropped', 'example.com.', 'example.com'],
  ['A3: a label of 63', `${label63}.example`, `${label63}.example`],
  ['A3: a name of 253', name253, name253],
  ['A3: a name of 253 and its trailing dot', `${name253}.`, name253],
  ['A4: digits in a label that is not the last', '1.2.3.example', '1.2.3.example'],
  ['A4: a last label with a letter among digits', 'host.12a', 'host.12a'],
  ['A4: a last label that begins like hexadecimal and is not', 'host.0xg', 'host.0xg'],
];

for (const [what, text, name] of ACCEPTED) {
  test(`accepted, ${what}`, (t) => t.is(String(nameOf(parseHost(text))), name));
}

const REFUSED: readonly (readonly [rule: string, what: string, text: string])[] = [
  ['A2', 'space', 'a b.example'],
  ['A2', 'percent-encoding', 'example%2ecom'],
  ['A2', 'NUL', 'example.com\0'],
  ['A2', 'tab', '\texample.com'],
  ['A2', 'line end', 'example.com\r\n'],
  ['A2', 'slash', 'example.com/x'],
  ['A2', 'backslash', 'example.com\\x'],
  ['A2', 'userinfo', 'user@example.com'],
  ['A2', 'asterisk', '*.example.com'],
  ['A2', 'umlaut as Latin-1', 'm\u00fcnchen.example'],
  ['A2', 'full-width letters', '\uff45xample.com'],
  ['A2', 'ideographic full stop', 'example\u3002com'],
  ['A2', 'Kelvin sign, which lower-cases to k', '\u212a.example'],
  ['A2', 'a colon', 'a:b'],
  ['A3', 'nothing', ''],
  ['A3', 'a dot alone', '.'],
  ['A3', 'two trailing dots', 'example.com..'],
  ['A3', 'a leading dot', '.example.com'],
  ['A3', 'an empty label', 'a..b'],
  ['A3', 'a label of 64', `${'a'.repeat(64)}.example`],
  ['A3', 'a name of 254', `${name253}a`],
  ['A3', 'a name of 254 and its trailing dot', `${name253}a.`],
  ['A3', '64 KiB', 'a'.repeat(65536)],
  ['A3', '64 KiB of dots', '.'.repeat(65536)],
];

for (const [rule, what, text] of REFUSED) {
  test(`refused by ${rule}, ${what}`, (t) => t.like(parseHost(text), { kind: 'malformed', rule }));
}

test('of several faults the first one is named, in words that hold none of the host', (t) => {
  const badByte = 'host holds a byte other than letters, digits, hyphen, underscore and dot';
  const badLabel = 'a label of the host name is empty or longer than 63 bytes';
  const detailOf = (text: string): unknown => {
    const reading = parseHost(text);
    return reading.kind === 'malformed' ? reading.detail : reading.value;
  };
  for (const text of ['a*..b', '*', `${'a'.repeat(64)}*.b`, 'a.b*.', '%..']) t.is(detailOf(text), badByte, text);
  for (const text of ['a..*', `${'a'.repeat(64)}.*`, '..', `a.${'b'.repeat(64)}`]) t.is(detailOf(text), badLabel, text);
  t.is(detailOf('.'), 'host name is empty or longer than 253 bytes');
  t.is(detailOf('a.0x1F'), 'host ends in a number and is not a canonical dotted quad');
});

const hostBytes = fc.string({ unit: fc.constantFrom(...'abzAZ019-_.xX'.split('')), minLength: 1, maxLength: 40 });

test('A2, A3: an accepted name is accepted again as itself', (t) => {
  fc.assert(
    fc.property(fc.oneof(hostBytes, fc.domain()), (text) => {
      const reading = parseHost(text);
      if (reading.kind === 'malformed' || reading.value.kind !== 'name') return;
      const name = reading.value.name;
      t.is(nameOf(parseHost(name)), name);
      t.is(String(name), text.toLowerCase().replace(/\.$/, ''));
    }),
  );
});

test('A2, A4: a browser reads every accepted host as the same host', (t) => {
  fc.assert(
    fc.property(hostBytes, (text) => {
      const reading = parseHost(text);
      // A browser also decodes A-labels, and refuses those that are not well formed.
      if (reading.kind === 'malformed' || reading.value.kind !== 'name' || text.toLowerCase().includes('xn--')) return;
      t.is(new URL(`http://${reading.value.name}/`).hostname, reading.value.name);
    }),
    { numRuns: 1000 },
  );
});

test('A12: a name is under its parents, never under itself or a name that merely ends alike', (t) => {
  const under = (name: string, suffix: string): boolean => isUnder(nameOf(parseHost(name)), nameOf(parseHost(suffix)));
  t.true(under('a.example.com', 'example.com'));
  t.true(under('b.a.example.com', 'example.com'));
  t.false(under('example.com', 'example.com'));
  t.false(under('badexample.com', 'example.com'));
  t.false(under('com', 'example.com'));
  t.false(under('example.com.evil.test', 'example.com'));
});
