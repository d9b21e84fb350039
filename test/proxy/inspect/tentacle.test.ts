import type { ConnectionOptions, TlsOptions } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { makeTentacleCertificate, type Certificate } from '../../fixtures/certificate.js';
import { silent, startOrigin, type Serve } from '../../fixtures/origin.js';
import { tunnelTo } from '../../fixtures/raw-client.js';
import { orHung, until } from '../../fixtures/waiting.js';
import { startMeddler } from '../../probe/peers.js';
import { ANY_CLIENT, CERTIFICATES, known, servingOf } from '../../protocol/halibut/handshakes.js';
import {
  checkOf,
  closeOf,
  helloBytes,
  policyTo,
  shake,
  startGate,
  startTls,
  talk,
  tunnelWith,
  type RuleWords,
} from './peers.js';

const TENTACLE = makeTentacleCertificate('Octopus Tentacle');
const OTHER = makeTentacleCertificate('Octopus Tentacle');
const CLIENT: ConnectionOptions = { ...ANY_CLIENT, servername: 'web.test' };
const TLS_1_2: ConnectionOptions = { ...CLIENT, maxVersion: 'TLSv1.2' };
const ALERT = Buffer.from([21, 3, 3, 0, 2, 2, 49]).toString('latin1');

function pinned(certificate: Certificate, more: object = {}): RuleWords {
  return { protocol: 'tentacle', thumbprints: [certificate.thumbprint], ...more };
}

/** A server and a gate before it with one rule. */
async function guarded(t: ExecutionContext, serving: TlsOptions, rule: RuleWords, times = {}) {
  const peer = await startTls(t, serving);
  const rig = await startGate(t, policyTo(peer.port, rule), { times });
  const go = (options: ConnectionOptions = TLS_1_2) => shake(rig.port, `web.test:${peer.port}`, options);
  return { peer, rig, go };
}

/** Handshakes by their names in the table, what their certificate is, and what comes of the pin. */
const FULL = {
  'ECDHE-RSA': ['rsa', 'proven', 'verified'],
  'ECDHE-RSA, PSS and SHA-256': ['rsa', 'proven', 'verified'],
  'ECDHE-ECDSA, P-256': ['p256', 'proven', 'verified'],
  'ECDHE-ECDSA, P-384': ['p384', 'proven', 'verified'],
  'ECDHE, Ed25519': ['ed25519', 'proven', 'verified'],
  'DHE-RSA': ['rsa', 'proven', 'verified'],
  'RSA key exchange': ['rsa', 'probed', 'probed'],
  'TLS 1.1, ECDHE-RSA': ['rsa', 'proven', 'verified'],
  'TLS 1.0, ECDHE-RSA': ['rsa', 'proven', 'verified'],
  'TLS 1.0, DHE-RSA': ['rsa', 'proven', 'verified'],
  'TLS 1.0, RSA key exchange': ['rsa', 'probed', 'probed'],
} as const;
for (const [name, [which, shown, outcome]] of Object.entries(FULL)) {
  test(`${name}: a listed certificate is ${outcome}, and another one is kept from the client`, async (t) => {
    const handshake = known(name);
    const certificate = CERTIFICATES[which];
    const { peer, rig, go } = await guarded(t, servingOf(handshake), pinned(certificate));
    const socket = await talk(await go(CLIENT));
    t.is(socket.getProtocol(), handshake.version);
    const close = await closeOf(rig);
    t.like(close, { server_shown: shown, client_shown: 'absent', tls_version: handshake.version, ended_by: 'client' });
    const { thumbprint } = certificate;
    t.like(checkOf(close, 'thumbprint'), { outcome, seen: thumbprint, expected: [thumbprint] });
    t.is(peer.counts.connections, outcome === 'probed' ? 2 : 1);

    rig.setPolicy(policyTo(peer.port, pinned(OTHER)));
    const turnedAway = await go(CLIENT);
    t.regex(turnedAway.kind === 'failed' ? turnedAway.words : '', /alert access denied/);
    const denied = await closeOf(rig, 2);
    t.like(denied, { ended_by: 'thumbprint_mismatch', cleared_by: null, judged_by: { id: 'first' }, status: 200 });
    t.like(checkOf(denied, 'thumbprint'), { outcome: 'mismatch', seen: thumbprint, expected: [OTHER.thumbprint] });
    t.is(peer.counts.secure, outcome === 'probed' ? 2 : 1, 'apart from a probe, no second handshake was finished');
  });
}

test('of a server with another certificate the client gets an alert and nothing else', async (t) => {
  const { peer, rig } = await guarded(t, { ...TENTACLE, maxVersion: 'TLSv1.2' }, pinned(OTHER));
  const client = await tunnelTo(rig.port, `web.test:${peer.port}`);
  await client.send(await helloBytes(TLS_1_2));
  t.deepEqual(await client.readToEnd(), { text: ALERT, ending: 'ended' });
  const close = await closeOf(rig);
  t.true(Number(close['bytes_in']) > 1_000, 'the flight had come');
  t.true(Number(close['bytes_out']) > 0, 'the hello had gone');
});

test('a Tentacle look-alike and its Octopus know each other, and both are verified', async (t) => {
  const serving = { ...TENTACLE, maxVersion: 'TLSv1.2', requestCert: true, rejectUnauthorized: false } as const;
  const rule = pinned(TENTACLE, { 'client-thumbprints': [OTHER.thumbprint] });
  const { rig, go } = await guarded(t, serving, rule);
  await talk(await go({ ...TLS_1_2, key: OTHER.key, cert: OTHER.cert }));
  const close = await closeOf(rig);
  t.like(close, { server_shown: 'proven', client_shown: 'proven', cleared_by: 'inside/first' });
  t.like(checkOf(close, 'thumbprint'), { outcome: 'verified', seen: TENTACLE.thumbprint });
  t.like(checkOf(close, 'client_thumbprint'), { outcome: 'verified', seen: OTHER.thumbprint });
});

test('a client with another certificate, or with none, is turned away before the server sees its flight', async (t) => {
  const serving = { ...TENTACLE, maxVersion: 'TLSv1.2', requestCert: true, rejectUnauthorized: false } as const;
  const { peer, rig, go } = await guarded(t, serving, pinned(TENTACLE, { 'client-thumbprints': ['00'.repeat(20)] }));
  const other = await go({ ...TLS_1_2, key: OTHER.key, cert: OTHER.cert });
  t.regex(other.kind === 'failed' ? other.words : '', /alert access denied/);
  const close = await closeOf(rig);
  t.like(close, { ended_by: 'client_thumbprint_mismatch', client_shown: 'proven' });
  t.like(checkOf(close, 'client_thumbprint'), { outcome: 'mismatch', seen: OTHER.thumbprint });

  // As Octopus looks for a new target.
  const discovery = await go();
  t.regex(discovery.kind === 'failed' ? discovery.words : '', /alert access denied/);
  const without = await closeOf(rig, 2);
  t.like(without, { ended_by: 'client_thumbprint_mismatch', client_shown: 'absent' });
  t.like(checkOf(without, 'client_thumbprint'), { outcome: 'mismatch', detail: 'no certificate was shown' });
  t.is(peer.counts.secure, 0);
});

test('discovery goes through where no client is pinned, and a client that is not asked for a certificate is none', async (t) => {
  const serving = { ...TENTACLE, maxVersion: 'TLSv1.2', requestCert: true, rejectUnauthorized: false } as const;
  const { peer, rig, go } = await guarded(t, serving, pinned(TENTACLE));
  await talk(await go());
  t.like(await closeOf(rig), { client_shown: 'absent', server_shown: 'proven', cleared_by: 'inside/first' });
  const unasked = await startTls(t, { ...TENTACLE, maxVersion: 'TLSv1.2' });
  rig.setPolicy(policyTo(unasked.port, pinned(TENTACLE, { 'client-thumbprints': [OTHER.thumbprint] })));
  t.is((await shake(rig.port, `web.test:${unasked.port}`, TLS_1_2)).kind, 'failed');
  t.like(await closeOf(rig, 2), { ended_by: 'client_thumbprint_mismatch', client_shown: 'absent' });
  t.is(peer.counts.secure, 1);
});

test('a copied certificate, its key elsewhere, is a mismatch although it is listed', async (t) => {
  const server = await startTls(t, { ...OTHER, maxVersion: 'TLSv1.2' });
  const [copied, own] = [TENTACLE, OTHER].map(({ cert }) =>
    Buffer.from(cert.replace(/-----.*-----|\n/g, ''), 'base64'),
  );
  if (copied === undefined || own === undefined) throw new Error('no certificates');
  t.is(copied.length, own.length);
  const meddler = await startMeddler(server.port, (all) => {
    const at = all.indexOf(own);
    if (at < 0) return all.subarray(0, Math.max(0, all.indexOf(own.subarray(0, 32))));
    return Buffer.concat([all.subarray(0, at), copied, all.subarray(at + own.length)]);
  });
  t.teardown(meddler.stop);
  const rig = await startGate(t, policyTo(meddler.port, pinned(TENTACLE)));
  t.is((await shake(rig.port, `web.test:${meddler.port}`, TLS_1_2)).kind, 'failed');
  const close = await closeOf(rig);
  t.like(close, { ended_by: 'thumbprint_mismatch', server_shown: 'forged' });
  const check = checkOf(close, 'thumbprint');
  t.like(check, { outcome: 'mismatch', seen: TENTACLE.thumbprint, expected: [TENTACLE.thumbprint] });
  t.regex(String(check['detail']), /^the signature is not of the key shown; /);
});

test('a server without a certificate cannot be the one that is pinned, unless the rule lets pass what cannot be seen', async (t) => {
  const { peer, rig, go } = await guarded(t, servingOf(known('anonymous key exchange')), pinned(TENTACLE));
  t.is((await go()).kind, 'failed');
  const close = await closeOf(rig);
  t.like(close, { ended_by: 'identity_not_visible', server_shown: 'absent' });
  t.like(checkOf(close, 'thumbprint'), { outcome: 'not_visible', detail: 'no certificate was shown', seen: null });
  rig.setPolicy(policyTo(peer.port, pinned(TENTACLE, { unverifiable: 'allow' })));
  await talk(await go());
  t.like(await closeOf(rig, 2), { server_shown: 'absent', cleared_by: 'inside/first' });
});

test('a server that refuses the handshake reports the client itself', async (t) => {
  const { peer, rig, go } = await guarded(t, { ...TENTACLE, maxVersion: 'TLSv1.2' }, pinned(TENTACLE));
  const refused = await go({ ...CLIENT, minVersion: 'TLSv1.3' });
  t.regex(refused.kind === 'failed' ? refused.words : '', /alert protocol version/);
  const close = await closeOf(rig);
  t.like(close, { ended_by: 'destination', server_shown: 'not_reached', checks: null });
  t.regex(String(close['detail']), /the destination refused the TLS handshake: protocol_version$/);
  t.is(peer.counts.secure, 0);
});

/** Servers that are none of TLS, or do not come to the end; the reason, and what is said of it. */
const ODD: Readonly<Record<string, readonly [Serve, string, RegExp, string]>> = {
  'speaks SSH': [({ socket }) => socket.write('SSH-2.0-Odd\r\n'), 'traffic_not_allowed', /does not speak TLS$/, ALERT],
  'answers with HTTP': [
    ({ socket }) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    'traffic_not_allowed',
    /does not speak TLS$/,
    ALERT,
  ],
  'answers with broken TLS': [
    ({ socket }) => socket.once('data', () => socket.write(Buffer.from([22, 3, 3, 0, 4, 2, 0, 0, 0]))),
    'traffic_not_allowed',
    /TLS response of the destination: the lengths inside the ServerHello do not add up$/,
    ALERT,
  ],
  'says nothing': [silent, 'connection_timeout', /timed out waiting for the TLS handshake of the destination/, ALERT],
  'ends in the middle': [
    ({ socket }) => socket.once('data', () => socket.end(Buffer.from([22, 3, 3, 0, 90, 2, 0]))),
    'destination',
    /the destination ended the TLS handshake$/,
    ALERT,
  ],
};
for (const [which, [serve, endedBy, detail, told]] of Object.entries(ODD)) {
  test(`of a server that ${which} the client gets an alert, and the record says so`, async (t) => {
    const origin = await startOrigin(serve);
    t.teardown(origin.close);
    const rig = await startGate(t, policyTo(origin.port, pinned(TENTACLE)), { times: { handshake: 400 } });
    const hello = await helloBytes(TLS_1_2);
    const client = await tunnelWith(rig.port, `web.test:${origin.port}`, hello);
    t.deepEqual(await client.readToEnd(), { text: told, ending: 'ended' });
    const close = await closeOf(rig);
    t.like(close, { ended_by: endedBy, bytes_out: hello.length });
    t.regex(String(close['detail']), detail);
  });
}

test('a client that refuses the server says so to the server, and does not learn that it was refused', async (t) => {
  const serving = { ...TENTACLE, maxVersion: 'TLSv1.2', requestCert: true, rejectUnauthorized: false } as const;
  const { peer, rig } = await guarded(t, serving, pinned(TENTACLE));
  const told = new Promise<string>((resolve) => peer.server.once('tlsClientError', ({ message }) => resolve(message)));
  const client = await tunnelTo(rig.port, `web.test:${peer.port}`);
  await client.send(await helloBytes(TLS_1_2));
  await client.readBytes(1_000);
  const unknownCa = Buffer.from([21, 3, 3, 0, 2, 2, 48]);
  await client.send(unknownCa);
  t.regex(await orHung(told, () => 'the server hears nothing'), /alert unknown ca/);
  t.false((await client.readToEnd()).text.endsWith(ALERT));
  client.close();
  t.like(await closeOf(rig), { server_shown: 'proven', client_shown: 'not_reached', cleared_by: 'inside/first' });
});

test('a client that stops in the middle of the handshake is given up in time', async (t) => {
  const serving = { ...TENTACLE, maxVersion: 'TLSv1.2', requestCert: true, rejectUnauthorized: false } as const;
  const rule = pinned(TENTACLE, { 'client-thumbprints': [OTHER.thumbprint] });
  const { peer, rig } = await guarded(t, serving, rule, { handshake: 1_500 });
  const client = await tunnelWith(rig.port, `web.test:${peer.port}`, await helloBytes(TLS_1_2));
  const { text } = await client.readToEnd();
  t.true(text.length > 1_000 && text.endsWith(ALERT), 'the server flight, and an alert');
  t.like(await closeOf(rig), { ended_by: 'connection_timeout', server_shown: 'proven', client_shown: 'not_reached' });
});

test('a client that goes while the server is waited for ended it itself', async (t) => {
  const origin = await startOrigin(silent);
  t.teardown(origin.close);
  const rig = await startGate(t, policyTo(origin.port, pinned(TENTACLE)));
  const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
  const hello = await helloBytes(TLS_1_2);
  await client.send(hello);
  const arrival = await origin.arrival(0);
  await until(
    () => arrival.received().length === hello.length,
    () => 'the hello does not arrive',
  );
  client.reset();
  t.like(await closeOf(rig), { ended_by: 'client', bytes_out: hello.length });
});
