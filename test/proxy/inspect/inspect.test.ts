import type { SecureVersion } from 'node:tls';
import test from 'ava';
import { makeCertificate } from '../../fixtures/certificate.js';
import { silent, startOrigin } from '../../fixtures/origin.js';
import { tunnelTo } from '../../fixtures/raw-client.js';
import { until } from '../../fixtures/waiting.js';
import { packet } from '../../protocol/ssh/wire.js';
import { closeOf, NOBODY, policyOf, recordHello, rule, startLooking, startTlsEcho, tlsThrough } from '../tunnel-rig.js';

const KIB = 1024;
const TOO_MUCH = /sent too much before the host key$/;
/** SSH_MSG_IGNORE (RFC 4253 §11.2), which either end may send at any time. */
const IGNORE = Buffer.of(2);

/** What somebody sends who has a lot to say before the host key is seen, one packet and how many of them. */
const FLOODS: Readonly<Record<string, readonly [Buffer, number]>> = {
  'padding beside messages': [packet(Buffer.concat([IGNORE, Buffer.alloc(2_000)]), 30), 256],
  'many small packets': [packet(IGNORE), 4_096],
  'few large packets': [packet(Buffer.concat([IGNORE, Buffer.alloc(8 * KIB, 'x')])), 64],
};

for (const [what, [one, count]] of Object.entries(FLOODS)) {
  const flood = Buffer.concat(Array<Buffer>(count).fill(one));

  test(`before an SSH host key, of ${what} no more than 32 KiB and 32 packets go out`, async (t) => {
    const origin = await startOrigin(silent);
    t.teardown(origin.close);
    const rig = await startLooking(t, policyOf(rule(origin.port, 'protocol: ssh')));
    const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
    await client.send('SSH-2.0-Client\r\n', flood);
    const close = await closeOf(rig);
    t.is(close['ended_by'], 'traffic_not_allowed');
    t.regex(String(close['detail']), TOO_MUCH);
    const arrival = await origin.arrival(0);
    await until(
      () => arrival.state() !== 'open',
      () => 'the destination was not released',
    );
    const wentOut = arrival.received().length - 'SSH-2.0-Client\r\n'.length;
    t.true(wentOut >= one.length && wentOut <= Math.min(32 * KIB, 32 * one.length), `${wentOut} bytes went out`);
  });

  test(`before an SSH host key, of ${what} no more than 64 KiB and 32 packets come in`, async (t) => {
    const origin = await startOrigin(({ socket }) => {
      socket.write('SSH-2.0-Server\r\n');
      socket.write(flood);
    });
    t.teardown(origin.close);
    const rig = await startLooking(t, policyOf(rule(origin.port, 'protocol: ssh')));
    const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
    await client.send('SSH-2.0-Client\r\n');
    t.regex(String((await closeOf(rig))['detail']), TOO_MUCH);
    const { text } = await client.readToEnd();
    const goodbye = text.length - text.lastIndexOf('Egress denied: ');
    t.true(goodbye < text.length, 'the client is told');
    const cameIn = text.length - 'SSH-2.0-Server\r\n'.length;
    t.true(cameIn <= Math.min(64 * KIB, 32 * one.length) + 2 * goodbye, `${cameIn} bytes came in`);
  });
}

/** Rules for one place: what the one for any TLS allows, those beside it cannot take away. */
const RULES: Readonly<Record<string, readonly string[]>> = {
  'the rule for TLS alone': ['protocol: tls'],
  'a rule for Tentacles beside it': ['protocol: tls', `protocol: tentacle, thumbprints: [${NOBODY}]`],
  'a rule for Tentacles before it': [`protocol: tentacle, thumbprints: [${NOBODY}]`, 'protocol: tls'],
};

for (const [which, rules] of Object.entries(RULES)) {
  const policy = (port: number): string => policyOf(...rules.map((rest, index) => rule(port, rest, `r${index}`)));

  test(`with ${which}, TLS to a server that is slow to answer is not held (law 6)`, async (t) => {
    const origin = await startOrigin(silent);
    t.teardown(origin.close);
    const rig = await startLooking(t, policy(origin.port));
    const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
    await client.send(await recordHello(), 'and more');
    const arrival = await origin.arrival(0);
    await until(
      () => arrival.received().endsWith('and more'),
      () => 'what follows the hello is held',
    );
    client.reset();
    t.is((await closeOf(rig))['ended_by'], 'client');
  });

  test(`with ${which}, an answer that is not TLS reaches the client (law 6)`, async (t) => {
    const answer = 'HTTP/1.1 400 Bad Request\r\n\r\n';
    const origin = await startOrigin(({ socket }) => void socket.once('data', () => socket.end(answer)));
    t.teardown(origin.close);
    const rig = await startLooking(t, policy(origin.port));
    const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
    await client.send(await recordHello());
    t.is((await client.readToEnd()).text, answer);
    client.close();
    await closeOf(rig);
    t.is(rig.proxy.statistics().denied, 0);
  });
}

test('of a server that refuses, the client gets the alert, and nothing from before or behind it', async (t) => {
  // A warning, unrecognized_name, and the fatal handshake_failure (RFC 5246 §7.2).
  const [warning, alert] = [Buffer.from([0x15, 3, 3, 0, 2, 1, 112]), Buffer.from([0x15, 3, 3, 0, 2, 2, 40])];
  const origin = await startOrigin(({ socket }) => {
    socket.once('data', () => socket.write(Buffer.concat([warning, alert, Buffer.from('UNJUDGED'.repeat(4_000))])));
  });
  t.teardown(origin.close);
  const rig = await startLooking(t, policyOf(rule(origin.port, `protocol: tentacle, thumbprints: [${NOBODY}]`)));
  const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
  await client.send(await recordHello());
  t.is((await client.readToEnd()).text, alert.toString('latin1'));
  const close = await closeOf(rig);
  t.is(close['ended_by'], 'destination');
  t.regex(String(close['detail']), /the destination refused the TLS handshake: handshake_failure/);
});

for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const satisfies readonly SecureVersion[]) {
  test(`a client of ${version} that is refused by its certificate can read why`, async (t) => {
    const own = makeCertificate('client.test');
    const server = makeCertificate('web.test');
    const old = { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' } as const;
    const echo = await startTlsEcho(t, { ...server, ...old, requestCert: true, rejectUnauthorized: false });
    const pins = `thumbprints: [${server.thumbprint}], client-thumbprints: [${NOBODY}]`;
    const rig = await startLooking(t, policyOf(rule(echo.port, `protocol: tentacle, ${pins}`)));
    t.is((await tlsThrough(rig, echo.port, { ...own, ...old })).how, 'ERR_SSL_TLSV1_ALERT_ACCESS_DENIED');
    t.is((await closeOf(rig))['ended_by'], 'client_thumbprint_mismatch');
  });
}
