import fc from 'fast-check';
import test from 'ava';
import { readPattern, readPorts, readRange, suffixKind, type Pattern } from '../../../lib/policy/values/patterns.js';

function shown(pattern: Pattern): string {
  if (pattern.kind === 'name') return pattern.name;
  return pattern.kind === 'under' ? `*.${pattern.suffix}` : pattern.range.text;
}

test('names, wildcards, addresses and ranges are read as what they are', (t) => {
  for (const [text, kind, canonical] of [
    ['api.example.com', 'name', 'api.example.com'],
    ['intranet', 'name', 'intranet'],
    ['_srv.xn--bcher-kva.example', 'name', '_srv.xn--bcher-kva.example'],
    ['*.example.com', 'under', '*.example.com'],
    ['*.corp', 'under', '*.corp'],
    ['10.0.0.7', 'range', '10.0.0.7/32'],
    ['10.0.0.0/8', 'range', '10.0.0.0/8'],
    ['2001:DB8::/32', 'range', '2001:db8::/32'],
    ['::1', 'range', '::1/128'],
    ['0.0.0.0/0', 'range', '0.0.0.0/0'],
    ['::ffff:10.0.0.1', 'range', '::ffff:a00:1/128'],
  ] as const) {
    const read = readPattern(text);
    t.is(read.kind, 'value', text);
    if (read.kind === 'value') t.deepEqual([read.value.kind, shown(read.value)], [kind, canonical]);
  }
});

test('whatever stands in a policy, a pattern is read or refused, and what is read is canonical (A2 to A6, A12)', (t) => {
  const piece = fc.constantFrom(
    'a',
    'B',
    '0',
    '10',
    '.',
    '..',
    '*',
    '*.',
    '/',
    '/8',
    ':',
    '::',
    '[',
    ']',
    '-',
    '_',
    ' ',
    '@',
    '://',
    'é',
    '%',
    '\0',
    'xn--',
    '255',
    '?',
    '#',
    ',',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const read = readPattern(pieces.join(''));
      if (read.kind === 'problems') return read.problems[0].message !== '' && read.problems[0].hint !== '';
      const again = readPattern(shown(read.value));
      return (
        again.kind === 'value' && shown(again.value) === shown(read.value) && /^[\x21-\x7e]+$/.test(shown(read.value))
      );
    }),
    { numRuns: 5000 },
  );
  t.pass();
});

test('long nonsense is refused in no time to speak of', (t) => {
  for (const text of [
    'a'.repeat(100_000),
    '*.'.repeat(50_000),
    '1.'.repeat(50_000),
    ':'.repeat(100_000),
    `a://${'@'.repeat(100_000)}`,
    `${'a'.repeat(50_000)}/${'/'.repeat(50_000)}`,
  ]) {
    const read = readPattern(text);
    t.is(read.kind, 'problems');
    if (read.kind === 'value') continue;
    const [{ message, hint }] = read.problems;
    t.true(message.length < 400 && hint.length < 400, hint.slice(0, 100));
  }
});

test('a port is a number, a range of ports is text', (t) => {
  t.deepEqual(readPorts(443), { kind: 'value', value: { first: 443, last: 443 } });
  t.deepEqual(readPorts('8000-8100'), { kind: 'value', value: { first: 8000, last: 8100 } });
  t.deepEqual(readPorts('1-65535'), { kind: 'value', value: { first: 1, last: 65535 } });
  for (const bad of [
    0,
    -1,
    65536,
    1.5,
    Infinity,
    NaN,
    '443',
    '1-',
    '-1',
    '2-1',
    '0-5',
    '1-65536',
    '1 - 2',
    '01-5',
    null,
    undefined,
    {},
    [1],
  ]) {
    t.is(readPorts(bad).kind, 'problems', JSON.stringify(bad));
  }
});

test('host bits name the range that was meant', (t) => {
  const read = readRange('10.1.2.3/16');
  t.like(read, { kind: 'problems', problems: [{ code: 'host_bits', hint: 'write 10.1.0.0/16' }] });
});

test('suffixes: anybody can register under some, customers of a service under others', (t) => {
  const kindOf = (text: string): string => {
    const read = readPattern(`*.${text}`);
    return read.kind === 'value' && read.value.kind === 'under' ? suffixKind(read.value.suffix) : 'fault';
  };
  for (const text of ['com', 'co.uk', 'gov.uk', 'xn--p1ai', 'ck', 'foo.ck']) t.is(kindOf(text), 'public', text);
  for (const text of ['github.io', 'azurewebsites.net', 'blob.core.windows.net', 's3.amazonaws.com'])
    t.is(kindOf(text), 'shared', text);
  for (const text of ['example.com', 'corp', 'internal', 'example.co.uk', 'me.github.io', 'www.ck'])
    t.is(kindOf(text), 'owned', text);
});
