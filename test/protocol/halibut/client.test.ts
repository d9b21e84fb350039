import type { ConnectionOptions } from 'node:tls';
import test from 'ava';
import { readClientAnswer, type ClientAnswer } from '../../../lib/protocol/halibut/index.js';
import type { Reading } from '../../../lib/protocol/index.js';
import type { Certificate } from '../../fixtures/certificate.js';
import { chanceFrom, inOtherRecords, prefixesArePartial, readInPieces, wholly } from '../pieces.js';
import { message, record as tlsRecord, vector } from '../tls/bytes.js';
import { JSSE } from '../tls/golden.js';
import { record, type Recorded } from '../tls/recording.js';
import {
  ANY_CLIENT,
  answerIn,
  CERTIFICATES,
  helloOf,
  known,
  messagesOf,
  secondFlight,
  servingOf,
} from './handshakes.js';

const { rsa, p256, p384, ed25519, pss, dsa } = CERTIFICATES;

/** Records a client before a server that wants a certificate. */
async function asked(asking: ConnectionOptions, name = 'ECDHE-RSA'): Promise<Recorded> {
  return record(
    { ...servingOf(known(name)), requestCert: true, rejectUnauthorized: false },
    { ...ANY_CLIENT, ...asking },
  );
}

/** A reader of the client's second flight, with what was said before it. */
function readerOf(recorded: Recorded): (bytes: Buffer) => Reading<ClientAnswer> {
  const hello = helloOf(recorded);
  const answer = answerIn(recorded);
  if (answer.kind !== 'visible') throw new Error(answer.kind);
  return (bytes) => readClientAnswer(bytes, hello, answer.messages, answer.version);
}

/** Clients that show a certificate: its key, how they sign, and the server's handshake. */
const CLIENTS: Readonly<Record<string, readonly [Certificate, ConnectionOptions, string?]>> = {
  'RSA, PKCS1 and SHA-256': [rsa, { sigalgs: 'RSA+SHA256' }],
  'RSA, PSS': [rsa, { sigalgs: 'rsa_pss_rsae_sha384:RSA+SHA256' }],
  'a key for PSS only': [pss, {}],
  'ECDSA, P-256': [p256, {}],
  'ECDSA, P-384': [p384, {}],
  Ed25519: [ed25519, {}],
  DSA: [dsa, {}],
  'TLS 1.1, RSA': [rsa, {}, 'TLS 1.1, ECDHE-RSA'],
  'TLS 1.0, RSA': [rsa, {}, 'TLS 1.0, ECDHE-RSA'],
  'TLS 1.0, ECDSA': [p256, {}, 'TLS 1.0, ECDHE-ECDSA'],
  'before a server with RSA key exchange': [rsa, {}, 'RSA key exchange'],
};

for (const [name, [certificate, asking, handshake]] of Object.entries(CLIENTS)) {
  test(`a client's certificate is proven, in whichever pieces and records: ${name}`, async (t) => {
    const { key, cert, thumbprint } = certificate;
    const recorded = await asked({ key, cert, ...asking }, handshake);
    const read = readerOf(recorded);
    const { value, length } = wholly(read(secondFlight(recorded)));
    if (value.kind !== 'visible' || !('identity' in value.client)) throw new Error(JSON.stringify(value));
    t.is(value.client.kind, 'proven');
    t.is(value.client.identity.thumbprint, thumbprint);
    const flight = secondFlight(recorded).subarray(0, length);
    prefixesArePartial(t, read, flight);
    const chance = chanceFrom(3);
    for (const most of [1, 3, 50, 900]) {
      const cut = inOtherRecords(flight, () => 1 + chance(most));
      const { reading } = readInPieces(read, cut, 1 + chance(most));
      t.deepEqual(reading, { kind: 'whole', value, length: cut.length });
    }
  });
}

test('a client of another maker is proven', (t) => {
  const recorded: Recorded = { client: Buffer.concat([JSSE.hello, JSSE.client]), server: JSSE.server };
  const { thumbprint, notBefore, notAfter } = JSSE;
  const { value, length } = wholly(readerOf(recorded)(JSSE.client));
  t.deepEqual(value, { kind: 'visible', client: { kind: 'proven', identity: { thumbprint, notBefore, notAfter } } });
  t.is(length, JSSE.client.length);
});

test('a client without a certificate, as Octopus is when it looks for new targets, is absent once it goes on encrypted', async (t) => {
  for (const version of ['ECDHE-RSA', 'TLS 1.0, ECDHE-RSA']) {
    const recorded = await asked({}, version);
    const read = readerOf(recorded);
    const { value, length } = wholly(read(secondFlight(recorded)));
    t.deepEqual(value, { kind: 'visible', client: { kind: 'absent' } });
    prefixesArePartial(t, read, secondFlight(recorded).subarray(0, length));
    // SSL 3.0's way: no Certificate message at all.
    const [, exchange] = messagesOf(secondFlight(recorded));
    t.deepEqual(wholly(read(Buffer.concat([tlsRecord(exchange ?? Buffer.alloc(0)), CHANGE]))).value, value);
  }
});

const CHANGE = tlsRecord(Buffer.from([1]), 20);

test('a signature that was made in another handshake is forged, and so is one with another key', async (t) => {
  const one = await asked(rsa);
  const other = await asked(rsa);
  const flight = secondFlight(one);
  t.is(kindOf(readerOf(one)(flight)), 'proven');
  t.is(kindOf(readerOf(other)(flight)), 'forged', 'another handshake');
  const [, exchange, verify] = messagesOf(secondFlight(await asked(p256)));
  const [certificate] = messagesOf(flight);
  const copied = [certificate, exchange, verify].map((part) => tlsRecord(part ?? Buffer.alloc(0)));
  t.is(kindOf(readerOf(one)(Buffer.concat(copied))), 'forged', 'another key');
});

test('a certificate that nothing is signed with is claimed', async (t) => {
  const recorded = await asked(rsa);
  const [certificate, exchange] = messagesOf(secondFlight(recorded));
  const parts = [tlsRecord(certificate ?? Buffer.alloc(0)), tlsRecord(exchange ?? Buffer.alloc(0)), CHANGE];
  t.is(kindOf(readerOf(recorded)(Buffer.concat(parts))), 'claimed');
});

test('a client that gives up is read with its alert, which is not the same as showing nothing', async (t) => {
  const recorded = await asked({ ...rsa });
  const read = readerOf(recorded);
  t.deepEqual(wholly(read(tlsRecord(Buffer.from([2, 48]), 21))).value, { kind: 'refused', alert: 'unknown_ca' });
  t.deepEqual(wholly(read(tlsRecord(Buffer.from([1, 0]), 21))).value, { kind: 'refused', alert: 'close_notify' });
  t.deepEqual(wholly(read(tlsRecord(Buffer.from([2, 200]), 21))).value, { kind: 'refused', alert: 'alert_200' });
  // No certificate, as SSL 3.0 said it: a warning, and the handshake goes on.
  const nothing = tlsRecord(Buffer.from([1, 41]), 21);
  const [, exchange] = messagesOf(secondFlight(recorded));
  const rest = [nothing, tlsRecord(exchange ?? Buffer.alloc(0)), CHANGE];
  t.is(kindOf(read(Buffer.concat(rest))), 'absent');
});

test('what does not follow from what came before is malformed', async (t) => {
  const recorded = await asked(rsa);
  const read = readerOf(recorded);
  const [certificate, exchange, verify] = messagesOf(secondFlight(recorded));
  if (!certificate || !exchange || !verify) throw new Error('a message is missing');
  const told = (...parts: readonly Buffer[]): string => {
    const reading = read(Buffer.concat(parts));
    return reading.kind === 'malformed' ? reading.detail : reading.kind;
  };
  const of = (...messages: readonly Buffer[]): Buffer => Buffer.concat(messages.map((one) => tlsRecord(one)));
  const empty = message(11, vector(3));
  t.regex(told(CHANGE), /without a ClientKeyExchange/);
  t.regex(told(of(certificate), CHANGE), /without a ClientKeyExchange/);
  t.regex(told(of(certificate, verify)), /without a certificate or/);
  t.regex(told(of(empty, exchange, verify)), /without a certificate or/);
  t.regex(told(of(exchange, certificate)), /out of its order/);
  t.regex(told(of(exchange, exchange)), /out of its order/);
  t.regex(told(tlsRecord(Buffer.concat([certificate, exchange, verify, empty]))), /after the last/);
  t.regex(told(of(certificate, exchange, message(15, verify.subarray(4, 20)))), /CertificateVerify do not add up/);
  t.regex(told(of(message(11, vector(3, vector(3))), exchange), CHANGE), /Certificate message do not add up/);
  t.is(told(Buffer.from('MX')), 'foreign');
});

function kindOf(reading: Reading<ClientAnswer>): string {
  const { value } = wholly(reading);
  return value.kind === 'visible' ? value.client.kind : value.kind;
}
