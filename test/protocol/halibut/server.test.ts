import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import test from 'ava';
import type { Certificate as Identity } from '../../../lib/attempt/index.js';
import { readServerAnswer } from '../../../lib/protocol/halibut/index.js';
import { makeFolder } from '../../fixtures/folder.js';
import { run } from '../../fixtures/program.js';
import { orHung } from '../../fixtures/waiting.js';
import { testWith } from '../../programs.js';
import { chanceFrom, inOtherRecords, prefixesArePartial, readInPieces, wholly } from '../pieces.js';
import { message, record as tlsRecord } from '../tls/bytes.js';
import { JSSE } from '../tls/golden.js';
import { record, startPeer, startRelay, type Recorded } from '../tls/recording.js';
import {
  ANY_CLIENT,
  answerIn,
  CERTIFICATES,
  HANDSHAKES,
  helloOf,
  known,
  messagesOf,
  recordHandshake,
  servingOf,
} from './handshakes.js';

/** What a certificate says, read by OpenSSL. */
function identityOf(pem: string): Identity {
  const read = new X509Certificate(pem);
  return {
    thumbprint: read.fingerprint.replaceAll(':', ''),
    notBefore: Date.parse(read.validFrom),
    notAfter: Date.parse(read.validTo),
  };
}

for (const [name, handshake] of Object.entries(HANDSHAKES)) {
  const { shown, certificate, version } = handshake;
  test(`${name}: the server is ${shown}, whole only at the flight's end, in whichever pieces and records`, async (t) => {
    const { server, hello } = await recordHandshake(handshake);
    const read = (bytes: Buffer): ReturnType<typeof readServerAnswer> => readServerAnswer(bytes, hello);
    const answer = wholly(read(server));
    if (answer.value.kind !== 'visible') throw new Error(answer.value.kind);
    t.is(answer.value.version, version);
    t.false(answer.value.asksForCertificate);
    const { server: seen } = answer.value;
    t.is(seen.kind, shown);
    if ('identity' in seen && certificate !== 'none') t.deepEqual(seen.identity, identityOf(certificate.cert));
    if (seen.kind === 'claimed') t.is(seen.probe, 'not_made');
    const flight = server.subarray(0, answer.length);
    prefixesArePartial(t, read, flight);
    const chance = chanceFrom(11);
    for (const most of [1, 3, 50, 900]) {
      const cut = inOtherRecords(flight, () => 1 + chance(most));
      const { reading, asked } = readInPieces(read, cut, 1 + chance(most));
      t.deepEqual(reading, { kind: 'whole', value: answer.value, length: cut.length });
      t.true(asked < 300, `asked ${asked} times`);
    }
  });
}

test('a server of another maker, with a certificate that outlives UTCTime, is proven', (t) => {
  const recorded: Recorded = { client: JSSE.hello, server: JSSE.server };
  const { thumbprint, notBefore, notAfter } = JSSE;
  const answer = answerIn(recorded);
  if (answer.kind !== 'visible') throw new Error(answer.kind);
  t.deepEqual(answer.server, { kind: 'proven', identity: { thumbprint, notBefore, notAfter } });
  t.true(answer.asksForCertificate);
  prefixesArePartial(t, (bytes) => readServerAnswer(bytes, helloOf(recorded)), JSSE.server);
});

test('a signature that was made for another handshake is forged', async (t) => {
  for (const name of ['ECDHE-RSA, PKCS1 and SHA-256', 'ECDHE-ECDSA, P-256', 'ECDHE, Ed25519', 'TLS 1.0, ECDHE-RSA']) {
    const one = await recordHandshake(known(name));
    const other = await recordHandshake(known(name));
    const { value } = wholly(readServerAnswer(one.server, other.hello));
    t.is(value.kind === 'visible' ? value.server.kind : value.kind, 'forged', name);
  }
});

test('a copied certificate with another key is forged', async (t) => {
  const real = await record(servingOf(known('ECDHE-RSA, PKCS1 and SHA-256')), ANY_CLIENT);
  const other = { ...known('ECDHE-ECDSA, P-256'), certificate: CERTIFICATES.p256 };
  const thief = await recordHandshake(other);
  const [, certificate] = messagesOf(real.server);
  const [hello, , ...rest] = messagesOf(thief.server);
  const copied = [hello, certificate, ...rest].map((one) => tlsRecord(one ?? Buffer.alloc(0)));
  const { value } = wholly(readServerAnswer(Buffer.concat(copied), thief.hello));
  if (value.kind !== 'visible') throw new Error(value.kind);
  t.deepEqual(value.server, { kind: 'forged', identity: identityOf(CERTIFICATES.rsa.cert) });
});

test('a copied certificate with another RSA key, and one bit changed anywhere in what is signed, is forged', async (t) => {
  const { server, hello } = await recordHandshake(known('ECDHE-RSA, PKCS1 and SHA-256'));
  const messages = messagesOf(server);
  const exchange = messages[2] ?? Buffer.alloc(0);
  for (let at = 4; at < exchange.length; at += 1) {
    const changed = Buffer.from(exchange);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    const bytes = messages.map((one, index) => tlsRecord(index === 2 ? changed : one));
    const reading = readServerAnswer(Buffer.concat(bytes), hello);
    const kind =
      reading.kind === 'whole' && reading.value.kind === 'visible' ? reading.value.server.kind : reading.kind;
    // `claimed`: the scheme of the signature became one that nobody knows.
    if (!['forged', 'malformed', 'claimed'].includes(kind)) t.fail(`${kind} at ${at}`);
  }
  t.pass();
});

test('TLS 1.3 hides the certificate, also after a HelloRetryRequest and in a session that goes on', async (t) => {
  const { rsa } = CERTIFICATES;
  const peer = await startPeer({ ...rsa, minVersion: 'TLSv1.3' });
  let session: Buffer | undefined;
  const full = await peer.record(ANY_CLIENT, (bytes) => (session = bytes));
  const resumed = await peer.record({ ...ANY_CLIENT, ...(session && { session }) });
  await peer.close();
  const retried = await record({ ...rsa, ecdhCurve: 'P-384' }, { ...ANY_CLIENT, ecdhCurve: 'X25519:P-384' });
  t.true(session !== undefined && retried.server.includes(RETRY_RANDOM));
  for (const recorded of [full, resumed, retried]) {
    const hello = helloOf(recorded);
    const { value, length } = wholly(readServerAnswer(recorded.server, hello));
    t.deepEqual(value, { kind: 'hidden', version: 'TLSv1.3', why: 'tls_1_3' });
    prefixesArePartial(t, (bytes) => readServerAnswer(bytes, hello), recorded.server.subarray(0, length));
  }
});

/** The random of every HelloRetryRequest (RFC 8446 §4.1.3). */
const RETRY_RANDOM = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');

for (const [how, options] of Object.entries({ ticket: {}, 'session id': { secureOptions: 0x4000 } })) {
  test(`a session resumed by its ${how} hides the certificate that its first handshake showed`, async (t) => {
    const peer = await startPeer({ ...CERTIFICATES.rsa, maxVersion: 'TLSv1.2', ...options });
    let session: Buffer | undefined;
    const full = await peer.record(ANY_CLIENT, (bytes) => (session = bytes));
    const resumed = await peer.record({ ...ANY_CLIENT, ...(session && { session }) });
    await peer.close();
    t.is(answerIn(full).kind, 'visible');
    const hello = helloOf(resumed);
    const { value, length } = wholly(readServerAnswer(resumed.server, hello));
    t.deepEqual(value, { kind: 'hidden', version: 'TLSv1.2', why: 'resumed' });
    prefixesArePartial(t, (bytes) => readServerAnswer(bytes, hello), resumed.server.subarray(0, length));
  });
}

test('a server that staples a status, and one that wants a certificate, are read past', async (t) => {
  const serving = { ...servingOf(known('ECDHE-RSA, PKCS1 and SHA-256')), requestCert: true, rejectUnauthorized: false };
  const asking = { ...ANY_CLIENT, requestOCSP: true };
  const recorded = await record(serving, asking);
  const answer = answerIn(recorded);
  t.true(answer.kind === 'visible' && answer.asksForCertificate && answer.server.kind === 'proven');
  t.deepEqual(
    messagesOf(recorded.server).map((one) => one[0]),
    [2, 11, 22, 12, 13, 14],
  );
});

test('a server that refuses is read with its alert', async (t) => {
  const pairs: readonly (readonly [string, TlsOptions, ConnectionOptions])[] = [
    ['handshake_failure', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }, {}],
    ['protocol_version', { maxVersion: 'TLSv1.2' }, { minVersion: 'TLSv1.3' }],
    ['no_application_protocol', { ALPNProtocols: ['a'] }, { ALPNProtocols: ['b'] }],
  ];
  for (const [alert, serving, asking] of pairs) {
    const recorded = await record({ ...CERTIFICATES.rsa, ...serving }, { ...ANY_CLIENT, ...asking });
    t.deepEqual(answerIn(recorded), { kind: 'refused', alert });
  }
});

test('warnings before a hello are passed over, five and no more; the end is not a warning', async (t) => {
  const { server, hello } = await recordHandshake(known('RSA key exchange'));
  const warnings = (count: number): Buffer[] => Array<Buffer>(count).fill(tlsRecord(Buffer.from([1, 112]), 21));
  const read = (...parts: readonly Buffer[]): ReturnType<typeof readServerAnswer> =>
    readServerAnswer(Buffer.concat(parts), hello);
  t.is(wholly(read(...warnings(5), server)).value.kind, 'visible');
  t.is(read(...warnings(6), server).kind, 'malformed');
  t.deepEqual(wholly(read(tlsRecord(Buffer.from([1, 0]), 21), server)).value, {
    kind: 'refused',
    alert: 'close_notify',
  });
  t.is(read(tlsRecord(Buffer.from([2]), 21)).kind, 'malformed');
  t.is(read(tlsRecord(Buffer.from([2, 40, 2, 40]), 21)).kind, 'malformed');
});

test('messages that are missing, doubled or out of their order are malformed', async (t) => {
  const { server, hello } = await recordHandshake(known('ECDHE-RSA, PKCS1 and SHA-256'));
  const [first, certificate, exchange, done] = messagesOf(server);
  if (!first || !certificate || !exchange || !done) throw new Error('a message is missing');
  const read = (...messages: readonly Buffer[]): string =>
    readServerAnswer(Buffer.concat(messages.map((one) => tlsRecord(one))), hello).kind;
  t.is(read(first, certificate, exchange, done), 'whole');
  t.is(read(certificate, exchange, done), 'malformed');
  t.is(read(first, first), 'malformed');
  t.is(read(first, exchange, certificate, done), 'malformed');
  t.is(read(first, certificate, certificate), 'malformed');
  t.is(read(first, certificate, message(0, Buffer.alloc(0))), 'malformed', 'a HelloRequest has no place here');
  t.is(read(first, message(4, Buffer.alloc(9)), certificate, exchange, done), 'malformed', 'a ticket is of resumption');
  t.is(read(first, certificate, exchange, Buffer.concat([done, done])), 'malformed');
  t.is(
    readServerAnswer(Buffer.concat([...[first, certificate].map((one) => tlsRecord(one)), CHANGE]), hello).kind,
    'malformed',
  );
  t.is(readServerAnswer(Buffer.concat([CHANGE, tlsRecord(first)]), hello).kind, 'foreign');
  t.is(readServerAnswer(Buffer.from('220 smtp.example'), hello).kind, 'foreign');
  t.is(readServerAnswer(tlsRecord(Buffer.from([11, 1, 0, 0])), hello).kind, 'malformed', 'more than 64 KiB');
});

test('what cannot begin an answer is foreign at its first byte, or at the second', async (t) => {
  const { hello } = await recordHandshake(known('RSA key exchange'));
  const read = (...bytes: readonly number[]): string => readServerAnswer(Buffer.from(bytes), hello).kind;
  for (const type of [0, 0x14, 0x17, 0x53, 0xff]) t.is(read(type), 'foreign', String(type));
  for (const type of [0x15, 0x16]) {
    t.is(read(type), 'partial');
    t.is(read(type, 3), 'partial');
    for (const major of [0, 2, 4]) t.is(read(type, major), 'foreign', `${type} ${major}`);
  }
});

const CHANGE = tlsRecord(Buffer.from([1]), 20);

test('a version that no server may choose in that way is malformed, and a draft of 1.3 is as hidden as 1.3', async (t) => {
  const { server, hello } = await recordHandshake(known('RSA key exchange'));
  const first = messagesOf(server)[0] ?? Buffer.alloc(0);
  const choosing = (version: number, ...extensions: readonly number[]): unknown => {
    const body = first.subarray(4, 4 + 2 + 32 + 1 + (first[38] ?? 0) + 3);
    body.writeUInt16BE(version, 0);
    const bytes = extensions.length === 0 ? [] : [0, 6, 0, 43, 0, 2, ...extensions];
    const reading = readServerAnswer(tlsRecord(message(2, Buffer.concat([body, Buffer.from(bytes)]))), hello);
    return reading.kind === 'whole' ? reading.value : reading.kind;
  };
  t.is(choosing(0x0303), 'partial');
  t.is(choosing(0x0300), 'malformed');
  t.is(choosing(0x0304), 'malformed');
  t.is(choosing(0x0303, 3, 3), 'malformed');
  t.deepEqual(choosing(0x0303, 3, 4), { kind: 'hidden', version: 'TLSv1.3', why: 'tls_1_3' });
  t.deepEqual(choosing(0x0303, 0x7f, 0x1c), { kind: 'hidden', version: '0x7f1c', why: 'tls_1_3' });
});

testWith('openssl')(
  "OpenSSL's own programs: a Tentacle's like is proven, and hidden in each session that goes on",
  async (t) => {
    const folder = await makeFolder();
    const files = [`${folder.path}/key.pem`, `${folder.path}/cert.pem`] as const;
    const [key, cert] = files;
    const making = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=Octopus Tentacle', '-days', '36500'];
    await run('openssl', [...making, '-keyout', key, '-out', cert]);
    const identity = identityOf(await readFile(cert, 'utf8'));
    const serving = ['s_server', '-accept', '127.0.0.1:0', '-tls1_2', '-no_ticket', '-key', key, '-cert', cert];
    const server = spawn('openssl', serving, { stdio: ['pipe', 'pipe', 'inherit'] });
    const relay = await startRelay(await portOf(server));
    // `-reconnect` makes five more connections, each with the session of the first.
    await run('openssl', [
      's_client',
      '-connect',
      `127.0.0.1:${relay.port}`,
      '-reconnect',
      '-servername',
      'tentacle.test',
    ]);
    const [first, ...others] = await relay.recorded(6);
    server.kill();
    await relay.close();
    await folder.remove();
    const answers = [first, ...others].map((recorded) => (recorded === undefined ? 'missing' : answerIn(recorded)));
    const [full, ...resumed] = answers;
    t.true(full !== 'missing' && full?.kind === 'visible');
    if (full === 'missing' || full?.kind !== 'visible') return;
    t.deepEqual(full.server, { kind: 'proven', identity });
    t.is(resumed.length, 5);
    for (const answer of resumed) t.deepEqual(answer, { kind: 'hidden', version: 'TLSv1.2', why: 'resumed' });
  },
);

/** The port that an `openssl s_server` says it listens on. */
function portOf(server: ChildProcessByStdio<Writable, Readable, null>): Promise<number> {
  let said = '';
  const port = new Promise<number>((resolve) => {
    server.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString();
      const [, found] = /ACCEPT \S*:(\d+)/.exec(said) ?? [];
      if (found !== undefined) resolve(Number(found));
    });
  });
  return orHung(port, () => `openssl s_server does not listen: ${said}`);
}
