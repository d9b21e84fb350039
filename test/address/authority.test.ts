import fc from 'fast-check';
import test from 'ava';
import { formatDestination, formatHost, parseAuthority, parseHost, parsePort } from '../../lib/address/index.js';

const ACCEPTED: readonly (readonly [text: string, formatted: string])[] = [
  ['example.com:443', 'example.com:443'],
  ['EXAMPLE.com.:10933', 'example.com:10933'],
  ['a:1', 'a:1'],
  ['10.0.0.1:65535', '10.0.0.1:65535'],
  ['[::1]:22', '[::1]:22'],
  ['[2001:DB8:0::5]:22', '[2001:db8::5]:22'],
  ['[::ffff:1.2.3.4]:80', '[::ffff:102:304]:80'],
];

for (const [text, formatted] of ACCEPTED) {
  test(`A1: ${text} is ${formatted}`, (t) => {
    const reading = parseAuthority(text);
    if (reading.kind === 'malformed') return t.fail(reading.detail);
    t.is(formatDestination(reading.value), formatted);
    t.deepEqual(parseAuthority(formatted), reading);
  });
}

const REFUSED: readonly (readonly [rule: string, what: string, text: string])[] = [
  ['A1', 'nothing', ''],
  ['A1', 'no port', 'example.com'],
  ['A1', 'no port behind brackets', '[::1]'],
  ['A1', 'an empty port', 'example.com:'],
  ['A1', 'port 0', 'example.com:0'],
  ['A1', 'port 65536', 'example.com:65536'],
  ['A1', 'a port with a leading zero', 'example.com:0443'],
  ['A1', 'a port of six digits', 'example.com:100000'],
  ['A1', 'a signed port', 'example.com:+443'],
  ['A1', 'a port in hexadecimal', 'example.com:0x1bb'],
  ['A1', 'a port with an exponent', 'example.com:4e2'],
  ['A1', 'white space after the port', 'example.com:443 '],
  ['A1', 'a path after the port', 'example.com:443/'],
  ['A1', 'full-width digits', 'example.com:\uff14\uff14\uff13'],
  ['A3', '64 KiB without a colon', 'a'.repeat(65536)],
  ['A3', '64 KiB of digits for a port', `a:${'1'.repeat(65534)}`],
  ['A2', 'two ports', 'example.com:443:443'],
  ['A2', 'a scheme', 'http://example.com:80'],
  ['A2', 'userinfo', 'user:password@example.com:80'],
  ['A3', 'no host', ':443'],
  ['A3', '64 KiB of host', `${'a'.repeat(65532)}:443`],
  ['A4', 'an odd IPv4 literal', '127.1:443'],
  ['A5', 'brackets round a name', '[example.net]:1337'],
  ['A5', 'brackets round an IPv4 literal', '[127.0.0.1]:80'],
  ['A5', 'bytes between bracket and port', '[::1]x:80'],
  ['A5', 'a colon missing after the bracket', '[::1]80'],
];

for (const [rule, what, text] of REFUSED) {
  test(`refused by ${rule}, ${what}`, (t) => t.like(parseAuthority(text), { kind: 'malformed', rule }));
}

for (const text of [
  '2001:db8::5:22',
  '::1:22',
  '::1',
  'fe80::a:b:22',
  '1:2:3:4:5:6:7:8:22',
  '2001:db8::5',
  '::ffff:1.2.3.4:22',
]) {
  test(`A2 and SSH.NET: ${text} is refused with the way out`, (t) => {
    t.like(parseAuthority(text), {
      kind: 'malformed',
      rule: 'A2',
      detail: 'IPv6 literal without brackets; register the target by name',
    });
  });
}

test('A1: exactly the numbers 1 to 65535, in one spelling, are ports', (t) => {
  for (let port = 1; port <= 65535; port++) {
    const reading = parsePort(String(port));
    if (reading.kind === 'malformed' || reading.value !== port) t.fail(String(port));
  }
  for (const text of ['0', '00', '01', '65536', '99999', '1.0', ' 1', '1 ', '-1', '']) {
    t.like(parsePort(text), { kind: 'malformed', rule: 'A1' }, text);
  }
});

test('no detail of a refusal holds bytes of the text, or any but printable ASCII', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const reading = parseAuthority(`${text}@#:zz`);
      t.true(reading.kind === 'malformed' && /^[\x20-\x7e]+$/.test(reading.detail) && !reading.detail.includes('#'));
    }),
  );
});

test('A1, A2: a browser reads every accepted authority as the same host and port', (t) => {
  const piece = fc.constantFrom('a', 'B', '0', '1', '443', '.', '-', '_', ':', '[', ']', '::1', '@', '%', '/', 'x');
  const almost = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(''));
  const whole = fc
    .tuple(
      fc.oneof(
        fc.domain(),
        fc.ipV4(),
        fc.ipV6().map((ip) => `[${ip}]`),
      ),
      fc.nat(70000),
    )
    .map(([host, port]) => `${host}:${port}`);
  fc.assert(
    fc.property(fc.oneof(almost, whole), (text) => {
      const reading = parseAuthority(text);
      if (reading.kind === 'malformed' || text.toLowerCase().includes('xn--')) return;
      const { host, port } = reading.value;
      const url = new URL(`http://${text}`);
      t.is(url.hostname.replace(/\.$/, ''), formatHost(host));
      t.is(url.port === '' ? 80 : Number(url.port), port);
    }),
    { numRuns: 3000 },
  );
});

test('hostile text of 64 KiB is answered, whatever it repeats', (t) => {
  for (const piece of ['[', ']', ':', '::', '.', '[::', 'a.', '1.', '0x', '%', '\0', '[1:2:3:4:5:6:7:8]:', '1:']) {
    const text = piece.repeat(Math.floor(65536 / piece.length));
    for (const hostile of [text, `${text}:443`, `[${text}]:443`]) t.is(parseAuthority(hostile).kind, 'malformed');
    t.is(parseHost(text).kind, 'malformed');
  }
});
