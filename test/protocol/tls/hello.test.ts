import { connect } from 'node:tls';
import test from 'ava';
import { CLIENT_HELLO_AT_MOST, readClientHello } from '../../../lib/protocol/tls/index.js';
import { makeFolder } from '../../fixtures/folder.js';
import { run } from '../../fixtures/program.js';
import { testWith } from '../../programs.js';
import { chanceFrom, inOtherRecords, prefixesArePartial, readInPieces, wholly } from '../pieces.js';
import { extension, hello, helloMessage, helloWith, message, record, serverName, short, vector } from './bytes.js';
import { CHROMIUM_HELLO, GNUTLS_HELLO, JSSE } from './golden.js';
import { startRelay } from './recording.js';

/** What a hello says, but for its bytes. */
function told(bytes: Buffer): unknown {
  const { serverName: name, alpn, offered, encryptedHello } = wholly(readClientHello(bytes)).value;
  return [name, alpn.join(' '), offered.join(' '), encryptedHello];
}

function detail(bytes: Buffer): string {
  const reading = readClientHello(bytes);
  return reading.kind === 'malformed' ? reading.detail : reading.kind;
}

const ALL_VERSIONS = 'TLSv1.3 TLSv1.2 TLSv1.1 TLSv1';

test('the hellos of Chromium, GnuTLS and Java read', (t) => {
  t.deepEqual(told(CHROMIUM_HELLO), ['golden.test', 'h2 http/1.1', 'TLSv1.3 TLSv1.2', true]);
  t.deepEqual(told(GNUTLS_HELLO), ['localhost', '', ALL_VERSIONS, false]);
  t.deepEqual(told(JSSE.hello), ['tentacle.test', '', 'TLSv1.3 TLSv1.2', false]);
  t.is(wholly(readClientHello(CHROMIUM_HELLO)).length, CHROMIUM_HELLO.length);
});

for (const [who, bytes] of Object.entries({ Chromium: CHROMIUM_HELLO, GnuTLS: GNUTLS_HELLO, Java: JSSE.hello })) {
  test(`every prefix of the hello of ${who} is partial, and asks for no more than there is`, (t) => {
    prefixesArePartial(t, readClientHello, bytes);
  });

  test(`the hello of ${who} reads the same in records and pieces of any size`, (t) => {
    const { value } = wholly(readClientHello(bytes));
    const chance = chanceFrom(5);
    for (let round = 0; round < 60; round++) {
      const most = 1 + chance(round * 30 + 1);
      const cut = inOtherRecords(bytes, () => 1 + chance(most));
      const { reading } = readInPieces(readClientHello, cut, 1 + chance(40));
      t.deepEqual(reading, { kind: 'whole', value, length: cut.length });
    }
    for (let split = 1; split < bytes.length - 5; split++) {
      let first = true;
      const cut = inOtherRecords(bytes, () => (first ? ((first = false), split) : 0x4000));
      if (wholly(readClientHello(cut)).value.serverName !== value.serverName) t.fail(`cut at ${split}`);
    }
    prefixesArePartial(
      t,
      readClientHello,
      inOtherRecords(bytes, () => 7),
    );
  });
}

test('a hello of one byte a record, a byte at a time, is asked for a few dozen times and not once a record', (t) => {
  const long = helloWith(serverName([0, 'octopus.test']), extension(21, Buffer.alloc(2500)));
  const cut = inOtherRecords(long, () => 1);
  t.true(cut.length > CLIENT_HELLO_AT_MOST - 1000 && cut.length < CLIENT_HELLO_AT_MOST);
  const { reading, asked } = readInPieces(readClientHello, cut, 1);
  t.is(String(wholly(reading).value.serverName), 'octopus.test');
  t.true(asked < 70, `asked ${asked} times`);
});

test('what is not TLS is foreign from its first bytes on', (t) => {
  for (const text of ['GET / HTTP/1.1\r\n', 'SSH-2.0-OpenSSH\r\n', '\x05', '\x16\x02', '\x15\x03\x01\x00\x02\x02\x28'])
    t.is(readClientHello(Buffer.from(text, 'latin1')).kind, 'foreign', text);
  // SSL 2.0's form of a hello, which old clients sent (RFC 5246 §E.2).
  t.is(readClientHello(Buffer.from('802e0103010015', 'hex')).kind, 'foreign');
  t.deepEqual(readClientHello(Buffer.alloc(0)), { kind: 'partial', need: 6 });
});

test('a server name is lower case, and only a host name', (t) => {
  t.deepEqual(told(helloWith(serverName([0, 'Feed.Example.COM']))), ['feed.example.com', '', 'TLSv1.2', false]);
  t.deepEqual(told(hello({ extensions: 'none' })), ['none', '', 'TLSv1.2', false]);
  const bad: Readonly<Record<string, RegExp>> = {
    'feed.example.com.': /ends in a dot/,
    '192.0.2.1': /is an address/,
    '[2001:db8::1]': /is an address/,
    '2001:db8::1': /not a host name/,
    '0x7f000001': /not a host name/,
    '': /exactly one host name/,
    'a..b': /not a host name/,
    'a b': /not a host name/,
    'a\0b': /not a host name/,
    'b\xfccher.example': /not a host name/,
    [`${'a'.repeat(64)}.example`]: /not a host name/,
    [`${'a.'.repeat(127)}example`]: /not a host name/,
  };
  for (const [name, expected] of Object.entries(bad)) t.regex(detail(helloWith(serverName([0, name]))), expected);
});

test('a hello that names two servers, in whichever way, is malformed', (t) => {
  const [one, other] = [
    [0, 'good.example'],
    [0, 'evil.example'],
  ] as const;
  t.regex(detail(helloWith(serverName(one, other))), /exactly one host name/);
  t.regex(detail(helloWith(serverName(one, [1, 'x']))), /exactly one host name/);
  t.regex(detail(helloWith(serverName([1, 'good.example']))), /exactly one host name/);
  t.regex(detail(helloWith(serverName(one), serverName(other))), /an extension twice/);
  t.regex(detail(helloWith(extension(0, Buffer.alloc(0)))), /exactly one host name/);
  t.regex(detail(helloWith(extension(0, vector(2)))), /exactly one host name/);
  t.regex(detail(helloWith(extension(0, Buffer.concat([vector(2), short(0)])))), /exactly one host name/);
});

test('an extension of any kind may come once only', (t) => {
  t.regex(detail(helloWith(extension(0x7777, Buffer.alloc(0)), extension(0x7777, Buffer.alloc(3)))), /twice/);
});

test('the protocols and versions are read as they are, without those that are there to be ignored', (t) => {
  const names = vector(
    2,
    ...['h2', '\x1a\x1a', 'http/1.1', '\x00\xff', 'a b'].map((name) => vector(1, Buffer.from(name, 'latin1'))),
  );
  const versions = vector(1, ...[0x2a2a, 0x0302, 0x7f1c, 0x0304, 0x0303].map(short));
  t.deepEqual(told(helloWith(extension(16, names), extension(43, versions), extension(0xffce, Buffer.alloc(1)))), [
    'none',
    'h2 http/1.1 0x00ff 0x612062',
    'TLSv1.3 TLSv1.2 TLSv1.1 0x7f1c',
    true,
  ]);
  t.deepEqual(told(hello({ version: 0x0301 })), ['none', '', 'TLSv1', false]);
  t.deepEqual(
    told(hello({ version: 0x0304 })),
    ['none', '', 'TLSv1.2', false],
    'a version of 1.3 counts in its list only',
  );
  t.regex(detail(helloWith(extension(16, vector(2)))), /not a list of names/);
  t.regex(detail(helloWith(extension(16, vector(2, vector(1))))), /not a list of names/);
  t.regex(detail(helloWith(extension(16, Buffer.from([0, 9, 1, 65])))), /not a list of names/);
  t.regex(detail(helloWith(extension(43, vector(1)))), /not a list of numbers/);
  t.regex(detail(helloWith(extension(43, vector(1, Buffer.alloc(3))))), /not a list of numbers/);
});

test('lengths that do not add up are malformed', (t) => {
  const whole = helloMessage({ extensions: [serverName([0, 'good.example'])] });
  for (let end = 4; end < whole.length; end++) {
    // Without extensions, and without their length, it is a hello of TLS 1.1 and before.
    const expected = end === whole.length - 23 ? 'whole' : 'malformed';
    if (readClientHello(record(message(1, whole.subarray(4, end)))).kind !== expected) t.fail(`cut at ${end}`);
  }
  const bad = [
    hello({ behind: Buffer.from([0]) }),
    hello({ session: Buffer.alloc(33) }),
    hello({ suites: Buffer.alloc(0) }),
    hello({ suites: Buffer.alloc(3) }),
    hello({ compressions: Buffer.alloc(0) }),
    hello({ version: 0x0200 }),
    helloWith(Buffer.from([0])),
    helloWith(Buffer.from([0, 5, 0, 1])),
  ];
  for (const bytes of bad) t.regex(detail(bytes), /do not add up/);
});

test('a hello has its records for itself, and nothing comes before it', (t) => {
  const one = helloMessage();
  t.regex(detail(record(Buffer.concat([one, one]))), /another message after/);
  t.regex(detail(record(Buffer.concat([one, Buffer.from([0])]))), /another message after/);
  t.regex(detail(record(message(2, one.subarray(4)))), /not a ClientHello/);
  t.regex(detail(record(message(0, Buffer.alloc(0)))), /not a ClientHello/);
  t.regex(detail(Buffer.concat([record(Buffer.alloc(0)), record(one)])), /empty/);
  t.regex(detail(Buffer.concat([record(one.subarray(0, 9)), record(Buffer.from([1]), 20)])), /inside a handshake/);
  t.regex(detail(Buffer.concat([record(one.subarray(0, 9)), record(Buffer.from([1, 0]), 21)])), /inside a handshake/);
  t.regex(detail(Buffer.concat([record(one.subarray(0, 9)), record(Buffer.alloc(9), 23)])), /no place in a handshake/);
  t.regex(detail(Buffer.concat([record(one.subarray(0, 9)), Buffer.from('GET / HT')])), /is not TLS/);
});

test('a hello that is longer than 16 KiB is refused as soon as it says so', (t) => {
  const padded = (count: number): Buffer => helloWith(extension(21, Buffer.alloc(count)));
  const fits = CLIENT_HELLO_AT_MOST - padded(0).length;
  t.is(readClientHello(padded(fits)).kind, 'whole');
  t.regex(detail(padded(fits + 1).subarray(0, 12)), /longer than the limit/);
  t.regex(detail(record(Buffer.from([1, 1, 0, 0]))), /longer than the limit/);
  t.regex(detail(record(Buffer.from([1, 0, 0x40, 0]))), /longer than the limit/);
  t.regex(detail(Buffer.from([22, 3, 1, 0x40, 1])), /a record is longer/);
});

test('bytes after the hello are left alone, also early data of TLS 1.3', (t) => {
  const first = helloWith(serverName([0, 'octopus.test']));
  const { length, value } = wholly(readClientHello(Buffer.concat([first, record(Buffer.alloc(90), 23)])));
  t.is(length, first.length);
  t.deepEqual(value.message, first.subarray(5));
  t.deepEqual(value.random, Buffer.alloc(32, 7));
});

test("Node's own hello reads as Node says it", async (t) => {
  const relay = await startRelay(0);
  const client = connect({ port: relay.port, host: '127.0.0.1', servername: 'node.test', ALPNProtocols: ['x', 'y/2'] });
  const end = new Promise((resolve) => client.on('error', () => undefined).once('close', resolve));
  await end;
  const [said] = await relay.recorded(1);
  t.deepEqual(told(said?.client ?? Buffer.alloc(0)), ['node.test', 'x y/2', 'TLSv1.3 TLSv1.2', false]);
  await relay.close();
});

const withChromium = testWith('chromium');

withChromium("today's Chromium's hello reads", async (t) => {
  const relay = await startRelay(0);
  const profile = await makeFolder();
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--disable-dev-shm-usage',
    '--dump-dom',
  ];
  const recorded = relay.recorded(1);
  await run('chromium', [
    ...flags,
    '--timeout=20000',
    '--host-resolver-rules=MAP golden.test 127.0.0.1',
    `--user-data-dir=${profile.path}`,
    `https://golden.test:${relay.port}/`,
  ]);
  const [said] = await recorded;
  await profile.remove();
  await relay.close();
  t.deepEqual(told(said?.client ?? Buffer.alloc(0)), ['golden.test', 'h2 http/1.1', 'TLSv1.3 TLSv1.2', true]);
});
