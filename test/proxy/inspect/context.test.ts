import { connect } from 'node:net';
import type { ConnectionOptions, TLSSocket, TlsOptions } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { makeTentacleCertificate } from '../../fixtures/certificate.js';
import { echoing, startOrigin, type Serve } from '../../fixtures/origin.js';
import { rawClient, tunnelTo } from '../../fixtures/raw-client.js';
import { until } from '../../fixtures/waiting.js';
import {
  checkOf,
  closeOf,
  helloBytes,
  policyTo,
  secure,
  shake,
  startGate,
  startTls,
  talk,
  tunnelWith,
  type RuleWords,
} from './peers.js';

const ACCESS_DENIED = Buffer.from([21, 3, 3, 0, 2, 2, 49]).toString('latin1');
const TENTACLE = makeTentacleCertificate('Octopus Tentacle');
const OTHER = makeTentacleCertificate('Octopus Tentacle');
const PINNED: RuleWords = { protocol: 'tentacle', thumbprints: [TENTACLE.thumbprint] };
const PINNED_OTHER: RuleWords = { protocol: 'tentacle', thumbprints: [OTHER.thumbprint] };
const TLS: RuleWords = { protocol: 'tls' };
const SSH: RuleWords = { protocol: 'ssh' };
const ANY: RuleWords = { protocol: 'any' };
const OBSERVING: RuleWords = { ...PINNED_OTHER, mode: 'observe' };

/** A server and a gate before it with some rules, all for the same host and port. */
async function guarded(t: ExecutionContext, rules: readonly RuleWords[], serving: TlsOptions = {}) {
  const peer = await startTls(t, { ...TENTACLE, maxVersion: 'TLSv1.2', ...serving });
  const rig = await startGate(t, policyTo(peer.port, ...rules));
  const go = (options: ConnectionOptions = {}) => shake(rig.port, `web.test:${peer.port}`, options);
  return { peer, rig, go };
}

/** Rules for one host and port, the server name that is asked for, and which rule it passes by, or why it is denied. */
const TOGETHER: Readonly<Record<string, readonly [readonly RuleWords[], string, object]>> = {
  'a pin that does not hold, beside a rule for any TLS': [
    [PINNED_OTHER, TLS],
    'web.test',
    { cleared_by: 'inside/second' },
  ],
  'a pin that holds, beside a rule for any TLS': [[PINNED, TLS], 'web.test', { cleared_by: 'inside/second' }],
  'a rule for any TLS, before a pin that does not hold': [
    [TLS, PINNED_OTHER],
    'web.test',
    { cleared_by: 'inside/first' },
  ],
  'a right pin, and a right name in another rule': [
    [PINNED, { ...PINNED_OTHER, 'server-names': ['front.test'] }],
    'front.test',
    { ended_by: 'thumbprint_mismatch', judged_by: { id: 'second' } },
  ],
  'a right pin in one of two rules': [[PINNED_OTHER, PINNED], 'web.test', { cleared_by: 'inside/second' }],
  'a wrong name, whatever the pins': [[PINNED, TLS], 'front.test', { ended_by: 'server_name_not_allowed' }],
  'two pins that do not hold': [
    [PINNED_OTHER, { ...PINNED_OTHER, thumbprints: ['00'.repeat(20)] }],
    'web.test',
    { ended_by: 'thumbprint_mismatch', judged_by: { id: 'first' } },
  ],
  'a rule for SSH, and a pin that holds': [[SSH, PINNED], 'web.test', { cleared_by: 'inside/second' }],
  'a rule for SSH, and a pin that does not hold': [
    [SSH, PINNED_OTHER],
    'web.test',
    { ended_by: 'thumbprint_mismatch', judged_by: { id: 'second' } },
  ],
  'a rule that observes its pin, beside one that holds': [
    [OBSERVING, TLS],
    'web.test',
    { cleared_by: 'inside/second', would_deny: 'none' },
  ],
  'a rule that observes its pin, beside one that does not hold': [
    [PINNED_OTHER, OBSERVING],
    'web.test',
    { cleared_by: 'inside/second', would_deny: 'thumbprint_mismatch' },
  ],
  'a rule that observes its pin, and a wrong name': [
    [OBSERVING],
    'front.test',
    { ended_by: 'server_name_not_allowed' },
  ],
  'a rule for anything, beside three that would deny': [
    [PINNED_OTHER, SSH, { ...TLS, to: 'other.test' }, ANY],
    'front.test',
    { cleared_by: null, seen: 'not_checked', server_name: null },
  ],
};
for (const [what, [rules, servername, expected]] of Object.entries(TOGETHER)) {
  const clearTraffic = !('ended_by' in expected);

  test(`laws 5 and 6: ${clearTraffic ? 'passes' : 'is denied'}: ${what}`, async (t) => {
    const { rig, go } = await guarded(t, rules);
    const handshake = await go({ servername });
    if (clearTraffic) await talk(handshake);
    else t.regex(handshake.kind === 'failed' ? handshake.words : 'it went through', /alert access denied/);
    t.like(await closeOf(rig), clearTraffic ? { ...expected, ended_by: 'client' } : { ...expected, cleared_by: null });
  });
}

test('laws 5 and 6: with rules for SSH, TLS and Tentacles the first byte decides which are asked', async (t) => {
  const origin = await startOrigin(echoing);
  t.teardown(origin.close);
  const rig = await startGate(t, policyTo(origin.port, SSH, TLS, PINNED));
  const authority = `web.test:${origin.port}`;
  const hello = await helloBytes({ servername: 'web.test' });
  const secureOne = await tunnelWith(rig.port, authority, hello);
  // An echo is no TLS server, which the rule for any TLS does not ask, and the pin cannot take away.
  t.is(await secureOne.readBytes(hello.length), hello.toString('latin1'));
  secureOne.reset();
  t.like(await closeOf(rig, 1), { seen: 'tls', cleared_by: 'inside/second' });
  const plain = await tunnelWith(rig.port, authority, Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  t.deepEqual(await plain.readToEnd(), { text: '', ending: 'ended' });
  t.like(await closeOf(rig, 2), { seen: 'unknown', ended_by: 'traffic_not_allowed', bytes_out: 0 });
  t.is((await origin.arrival(1)).received(), '');
});

/** What a server does that is none, or one that does not come to an end. */
const NO_SERVERS: Readonly<Record<string, Serve>> = {
  'says nothing for a while': ({ socket }) => socket.once('data', () => setTimeout(() => socket.end('late'), 700)),
  'is not one of TLS': ({ socket }) => socket.once('data', () => socket.end('late')),
  'breaks off in its flight': ({ socket }) => socket.once('data', () => socket.end(Buffer.from([22, 3, 3, 0, 90, 2]))),
};
for (const [which, serve] of Object.entries(NO_SERVERS)) {
  test(`law 6: beside a rule for any TLS a pin takes nothing away from a server that ${which}`, async (t) => {
    const origin = await startOrigin(serve);
    t.teardown(origin.close);
    const heard: string[] = [];
    for (const rules of [[TLS], [TLS, PINNED]]) {
      const rig = await startGate(t, policyTo(origin.port, ...rules), { times: { handshake: 300 } });
      const client = await tunnelWith(rig.port, `web.test:${origin.port}`, await helloBytes());
      const { text, ending } = await client.readToEnd();
      client.halfClose();
      const close = await closeOf(rig);
      t.like(close, { seen: 'tls', cleared_by: 'inside/first', ended_by: 'destination' });
      heard.push(`${text} ${ending}`);
    }
    t.is(heard[1], heard[0]);
  });
}

test('T1: where a rule for anything stands, no hello is waited for', async (t) => {
  const origin = await startOrigin(({ socket }) => socket.write('unasked'));
  t.teardown(origin.close);
  const rig = await startGate(t, policyTo(origin.port, TLS, ANY));
  const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
  t.is(await client.readBytes(7), 'unasked');
  client.reset();
  t.like(await closeOf(rig), { seen: 'not_checked', cleared_by: null, checks: null });
});

test('a failing pin that is observed passes, and the record has what a pin needs', async (t) => {
  const { rig, go } = await guarded(t, [OBSERVING]);
  await talk(await go());
  const close = await closeOf(rig);
  t.like(close, { would_deny: 'thumbprint_mismatch', cleared_by: 'inside/first', ended_by: 'client' });
  t.like(checkOf(close, 'thumbprint'), {
    outcome: 'mismatch',
    seen: TENTACLE.thumbprint,
    expected: [OTHER.thumbprint],
  });
  t.is(rig.proxy.statistics().wouldDeny, 1);
});

test('where a whole policy observes, traffic that no rule takes passes, and is reported', async (t) => {
  const { peer, rig, go } = await guarded(t, [PINNED_OTHER]);
  rig.setPolicy(policyTo(peer.port, PINNED_OTHER).replace('"allow"', '"mode":"observe","allow"'));
  await talk(await go());
  t.like(await closeOf(rig), { would_deny: 'thumbprint_mismatch', ended_by: 'client' });
  const client = await rawClient(rig.port);
  await client.send(`CONNECT web.test:${peer.port} HTTP/1.0\r\n\r\n`);
  await client.readHead();
  await client.send('plain words');
  // What TLS servers say to that: an alert, or just the end.
  await client.readToEnd();
  client.close();
  t.like(await closeOf(rig, 2), { seen: 'unknown', would_deny: 'traffic_not_allowed', bytes_out: 11 });
});

/** Waits for the end of a connection. */
async function ended(socket: TLSSocket): Promise<void> {
  socket.resume();
  await until(
    () => socket.closed || socket.destroyed || socket.readableEnded,
    () => 'the tunnel stays open',
  );
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`an open ${version} tunnel ends when its certificate is pinned no more, and stays while a pin holds`, async (t) => {
    const { peer, rig, go } = await guarded(t, [PINNED], { minVersion: version, maxVersion: version });
    const socket = secure(await go());
    const both = { ...PINNED, thumbprints: [OTHER.thumbprint, TENTACLE.thumbprint] };
    rig.setPolicy(policyTo(peer.port, both));
    socket.write('still here');
    let heard = '';
    socket.on('data', (bytes: Buffer) => (heard += bytes.toString()));
    await until(
      () => heard === 'still here',
      () => 'the tunnel that a pin still holds is dead',
    );
    rig.setPolicy(policyTo(peer.port, PINNED_OTHER));
    await ended(socket);
    const close = await closeOf(rig);
    t.like(close, { ended_by: 'policy_change', cleared_by: 'inside/first' });
    const outcome = version === 'TLSv1.2' ? 'verified' : 'probed';
    t.like(checkOf(close, 'thumbprint'), { outcome, seen: TENTACLE.thumbprint, expected: [TENTACLE.thumbprint] });
  });
}

test('an open tunnel of which no certificate was seen ends when one is pinned', async (t) => {
  const { peer, rig, go } = await guarded(t, [TLS]);
  const socket = secure(await go());
  rig.setPolicy(policyTo(peer.port, PINNED));
  await ended(socket);
  t.like(await closeOf(rig), { ended_by: 'policy_change', server_shown: 'not_reached' });
});

test('an open tunnel whose server name is listed no more ends', async (t) => {
  const { peer, rig, go } = await guarded(t, [{ ...TLS, 'server-names': ['front.test'] }]);
  const fronted = secure(await go({ servername: 'front.test' }));
  const plain = secure(await go());
  rig.setPolicy(policyTo(peer.port, TLS));
  await ended(fronted);
  t.like(await closeOf(rig), { ended_by: 'policy_change', server_name: 'front.test' });
  plain.end();
  t.like(await closeOf(rig, 2), { ended_by: 'client', server_name: 'web.test' });
});

/** Tunnels that are being looked into: the rules, and whether a whole server is there or one that says nothing. */
const UNDER_WAY: Readonly<Record<string, readonly [readonly RuleWords[], 'nothing' | 'the first handshake']>> = {
  'whose server is waited for': [[PINNED], 'nothing'],
  'while a probe is under way': [[{ protocol: 'tentacle', mode: 'observe' }], 'the first handshake'],
};
for (const [which, [rules, served]] of Object.entries(UNDER_WAY)) {
  test(`a stop ends a tunnel ${which}: it is not let through after that, and has its record`, async (t) => {
    const peer = await startTls(t, { ...TENTACLE, minVersion: 'TLSv1.3' });
    const origin = await startOrigin(({ socket }, index) => {
      if (served === 'nothing' || index > 0) return;
      const upstream = connect(peer.port, '127.0.0.1').on('error', () => undefined);
      socket.pipe(upstream).pipe(socket);
    });
    t.teardown(origin.close);
    const rig = await startGate(t, policyTo(origin.port, ...rules), { times: { probe: 60_000 } });
    const client = await tunnelWith(rig.port, `web.test:${origin.port}`, await helloBytes());
    const arrival = await origin.arrival(served === 'nothing' ? 0 : 1);
    await until(
      () => arrival.received() !== '',
      () => 'nothing arrives',
    );
    t.deepEqual(await rig.proxy.stop(0), { ended: 1, missing: 0 });
    t.deepEqual(await client.readToEnd(), { text: ACCESS_DENIED, ending: 'ended' });
    t.like(await closeOf(rig), { ended_by: 'shutdown' });
  });
}

test('a client that goes while a probe is under way is not waited for', async (t) => {
  const peer = await startTls(t, { ...TENTACLE, minVersion: 'TLSv1.3' });
  const origin = await startOrigin(({ socket }, index) => {
    if (index > 0) return;
    const upstream = connect(peer.port, '127.0.0.1').on('error', () => undefined);
    socket.pipe(upstream).pipe(socket);
  });
  t.teardown(origin.close);
  const rig = await startGate(t, policyTo(origin.port, PINNED), { times: { probe: 60_000 } });
  const client = await tunnelWith(rig.port, `web.test:${origin.port}`, await helloBytes());
  await origin.arrival(1);
  client.reset();
  const close = await closeOf(rig);
  t.like(close, { ended_by: 'client', checks: null });
  t.regex(String(close['detail']), /the client went away/);
});

test('a policy that changes while a tunnel is being looked into has the last word', async (t) => {
  const peer = await startTls(t, { ...TENTACLE, maxVersion: 'TLSv1.2' });
  const origin = await startOrigin(({ socket }) => {
    socket.once('data', (hello) => {
      rig.setPolicy(policyTo(origin.port, PINNED_OTHER));
      const upstream = connect(peer.port, '127.0.0.1').on('error', () => undefined);
      upstream.write(hello);
      socket.pipe(upstream).pipe(socket);
    });
  });
  t.teardown(origin.close);
  const rig = await startGate(t, policyTo(origin.port, PINNED));
  const handshake = await shake(rig.port, `web.test:${origin.port}`);
  t.regex(handshake.kind === 'failed' ? handshake.words : 'it went through', /alert access denied/);
  t.like(await closeOf(rig), { ended_by: 'thumbprint_mismatch', server_shown: 'proven' });
});
