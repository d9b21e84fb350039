import test from 'ava';
import fc from 'fast-check';
import { readIdentification } from '../../../lib/protocol/ssh/index.js';
import { HANDSHAKES } from './handshakes.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const NEXT = Buffer.from('0000000c0a14ff', 'hex');

/** Lines that name what they must, and the software that they name. */
const GOOD: readonly (readonly [line: string, software: string])[] = [
  ['SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10', 'OpenSSH_9.2p1'],
  ['SSH-2.0-Renci.SshNet.SshClient.0.0.1', 'Renci.SshNet.SshClient.0.0.1'],
  ['SSH-1.99-Cisco-1.25', 'Cisco-1.25'],
  ['SSH-2.0-1.82 sshlib: a comment - with all sorts of things', '1.82'],
  ['SSH-2.0-dropbear', 'dropbear'],
  ['SSH-2.0-x ', 'x'],
];

for (const [line, softwareVersion] of GOOD) {
  for (const end of ['\r\n', '\n']) {
    test(`${line} with ${JSON.stringify(end)} is an identification of either end`, (t) => {
      for (const from of ['client', 'server'] as const) {
        const value = { softwareVersion };
        const reading = readIdentification(Buffer.concat([bytes(line + end), NEXT]), from);
        t.deepEqual(reading, { kind: 'whole', value, length: line.length + end.length } as typeof reading);
      }
    });
  }
}

/** Lines that are SSH's, and what is wrong with them. */
const BROKEN: readonly (readonly [line: string, detail: RegExp])[] = [
  ['SSH-1.5-OpenSSH_1.2', /SSH version 1 only/],
  ['SSH-1.3-old', /SSH version 1 only/],
  ['SSH-1.999-new', /SSH version 1 only/],
  ['SSH-3.0-new', /neither 2.0 nor 1.99/],
  ['SSH-2.00-new', /neither 2.0 nor 1.99/],
  ['SSH-2-new', /neither 2.0 nor 1.99/],
  ['SSH-2.0', /SSH-version-software/],
  ['SSH-2.0-', /SSH-version-software/],
  ['SSH-2.0- comment', /SSH-version-software/],
  ['SSH--software', /SSH-version-software/],
  ['SSH-', /SSH-version-software/],
  ['SSH-2.0-a\0b', /not printable ASCII/],
  ['SSH-2.0-a\tb', /not printable ASCII/],
  ['SSH-2.0-a\rb', /not printable ASCII/],
  ['SSH-2.0-a\r', /not printable ASCII/],
  ['SSH-2.0-caf\xe9', /not printable ASCII/],
  [`SSH-2.0-${'x'.repeat(246)}`, /longer than 255/],
];

for (const [line, detail] of BROKEN) {
  test(`${JSON.stringify(line.slice(0, 30))} is refused, from either end`, (t) => {
    for (const from of ['client', 'server'] as const) {
      const reading = readIdentification(bytes(`${line}\r\n`), from);
      t.is(reading.kind, 'malformed');
      t.regex(reading.kind === 'malformed' ? reading.detail : '', detail);
    }
  });
}

test('an identification has at most 255 bytes with its end, and more is refused without waiting for it', (t) => {
  const longest = `SSH-2.0-${'x'.repeat(245)}\r\n`;
  t.is(longest.length, 255);
  t.like(readIdentification(bytes(longest), 'client'), { kind: 'whole', length: 255 });
  t.is(readIdentification(bytes(longest.slice(0, 254)), 'client').kind, 'partial');
  t.is(readIdentification(bytes(`SSH-2.0-${'x'.repeat(247)}`), 'client').kind, 'malformed');
});

test('a byte that no identification has is refused before the line ends', (t) => {
  t.is(readIdentification(bytes('SSH-2.0-a\x01'), 'client').kind, 'malformed');
  t.is(readIdentification(bytes('SSH-2.0-a'), 'client').kind, 'partial');
});

test('what a client sends that is not SSH is foreign at the first byte that shows it', (t) => {
  for (const text of [
    'G',
    '\x16\x03\x01',
    'SS ',
    'SSH\n',
    'ssh-',
    '\r',
    '\n',
    'hello\r\nSSH-2.0-x\r\n',
    ' SSH-2.0-x\r\n',
  ]) {
    t.is(readIdentification(bytes(text), 'client').kind, 'foreign', JSON.stringify(text));
  }
  for (const text of ['', 'S', 'SSH']) {
    t.deepEqual(readIdentification(bytes(text), 'client'), { kind: 'partial', need: text.length + 1 });
  }
});

test('a server may say up to 50 lines of 16 KiB before it, in any encoding', (t) => {
  const line = 'SSH-2.0-x\r\n';
  const before = (text: string) => readIdentification(bytes(text + line), 'server');
  for (const text of [
    'Only for those who may.\r\n',
    '\r\n',
    '\n',
    'gr\xfc\xdfe\n',
    'SSH\r\n',
    ' SSH-2.0-y\r\n',
    'a\r\nb\n',
  ]) {
    t.like(before(text), { kind: 'whole', length: text.length + line.length }, JSON.stringify(text));
  }
  t.is(before('\n'.repeat(50)).kind, 'whole');
  t.is(before('\n'.repeat(51)).kind, 'malformed');
  t.is(before(`${'x'.repeat(16_383)}\n`).kind, 'whole');
  t.is(before(`${'x'.repeat(16_384)}\n`).kind, 'malformed');
  t.is(readIdentification(bytes('x'.repeat(20_000)), 'server').kind, 'malformed', 'a line without an end');
});

test('a server that speaks something else is foreign as soon as it shows', (t) => {
  for (const text of ['\x15\x03\x01\0\x02\x02\x28', 'HTTP/1.1 400 Bad\rRequest\r\n', 'a\r\r\n', 'hello\n\0']) {
    t.is(readIdentification(bytes(text), 'server').kind, 'foreign', JSON.stringify(text));
  }
  t.is(
    readIdentification(bytes('HTTP/1.1 400 Bad Request\r\n\r\n'), 'server').kind,
    'partial',
    'could be lines before',
  );
});

test('every prefix of a recorded identification is partial, and what follows it changes nothing', (t) => {
  for (const { client, server } of HANDSHAKES) {
    for (const [all, from] of [[client, 'client'] as const, [server, 'server'] as const]) {
      const reading = readIdentification(all, from);
      if (reading.kind !== 'whole') throw new Error(reading.kind);
      for (let length = 0; length < reading.length; length++) {
        t.deepEqual(readIdentification(all.subarray(0, length), from), { kind: 'partial', need: length + 1 });
      }
      for (let length = reading.length; length < reading.length + 40; length++) {
        t.deepEqual(readIdentification(all.subarray(0, length), from), reading);
      }
    }
  }
});

test('whatever comes, more bytes never change an answer but partial', (t) => {
  const part = fc.constantFrom(
    'SSH-',
    '2.0',
    '1.99',
    '-',
    'x',
    ' ',
    '\r',
    '\n',
    '\r\n',
    '\0',
    '\xff',
    'S',
    'hello',
    'x'.repeat(300),
  );
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 60 }),
      fc.constantFrom('client' as const, 'server' as const),
      (parts, from) => {
        const all = bytes(parts.join(''));
        const answer = readIdentification(all, from);
        for (let length = 0; length < all.length; length++) {
          const early = readIdentification(all.subarray(0, length), from);
          if (early.kind === 'partial') t.true(early.need > length);
          else t.deepEqual(early, answer);
        }
      },
    ),
  );
});
