import type { Socket } from 'node:net';
import type { ConnectionOptions, TLSSocket, TlsOptions } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { makeTentacleCertificate, type Certificate } from '../../fixtures/certificate.js';
import { orHung } from '../../fixtures/waiting.js';
import { ANY_CLIENT, CERTIFICATES, known, servingOf } from '../../protocol/halibut/handshakes.js';
import {
  checkOf,
  closeOf,
  policyTo,
  secure,
  shake,
  startGate,
  startTls,
  talk,
  type RuleWords,
  type Shaken,
  type TlsPeer,
} from './peers.js';

const TENTACLE = makeTentacleCertificate('Octopus Tentacle');
const OTHER = makeTentacleCertificate('Octopus Tentacle');
const CLIENT: ConnectionOptions = { ...ANY_CLIENT, servername: 'web.test' };
const TLS_1_2 = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;

function pinned(certificate: Certificate, more: object = {}): RuleWords {
  return { protocol: 'tentacle', thumbprints: [certificate.thumbprint], ...more };
}

async function guarded(t: ExecutionContext, serving: TlsOptions, rule: RuleWords, times = {}) {
  const peer = await startTls(t, serving);
  const rig = await startGate(t, policyTo(peer.port, rule), { times });
  const go = (options: ConnectionOptions = {}) => shake(rig.port, `web.test:${peer.port}`, { ...CLIENT, ...options });
  return { peer, rig, go };
}

/** Ways in which TLS hides a certificate: how the server is started, how the client asks, and what the record calls it. */
const HIDING: Readonly<Record<string, readonly [TlsOptions, ConnectionOptions, string]>> = {
  'TLS 1.3': [{}, {}, 'TLS 1.3 hides certificates'],
  'TLS 1.3 behind a HelloRetryRequest': [
    { ecdhCurve: 'P-384' },
    { ecdhCurve: 'X25519:P-384' },
    'TLS 1.3 hides certificates',
  ],
  'a session resumed by its ticket': [TLS_1_2, {}, 'a resumed session shows no certificate'],
  'a session resumed by its id': [
    { ...TLS_1_2, secureOptions: 0x4000 /* SSL_OP_NO_TICKET */ },
    {},
    'a resumed session shows no certificate',
  ],
};
for (const [how, [serving, asking, hidden]] of Object.entries(HIDING)) {
  const resumes = how.includes('resumed');

  test(`${how}: passes under allow, is denied under deny, and is probed unless another thing is said`, async (t) => {
    const { peer, rig, go } = await guarded(
      t,
      { ...TENTACLE, ...serving },
      pinned(TENTACLE, { unverifiable: 'allow' }),
    );
    const session = resumes ? { session: await aSession(await go(asking)) } : {};
    const before = resumes ? 1 : 0;
    if (resumes) await closeOf(rig, before);
    const socket = await talk(await go({ ...asking, ...session }));
    t.is(socket.isSessionReused(), resumes);
    const allowed = await closeOf(rig, before + 1);
    t.like(allowed, { server_shown: 'hidden', client_shown: 'hidden', cleared_by: 'inside/first' });
    const check = { expected: [TENTACLE.thumbprint], seen: null, outcome: 'not_visible', detail: hidden };
    t.like(checkOf(allowed, 'thumbprint'), check);

    rig.setPolicy(policyTo(peer.port, pinned(TENTACLE, { unverifiable: 'deny' })));
    isTurnedAway(t, await go({ ...asking, ...session }));
    const denied = await closeOf(rig, before + 2);
    t.like(denied, { ended_by: 'identity_not_visible', server_shown: 'hidden', cleared_by: null });
    t.like(checkOf(denied, 'thumbprint'), check);
    const tunnels = peer.counts.connections;

    rig.setPolicy(policyTo(peer.port, pinned(TENTACLE)));
    await talk(await go({ ...asking, ...session }));
    const probed = await closeOf(rig, before + 3);
    t.like(probed, { server_shown: 'probed', cleared_by: 'inside/first' });
    t.like(checkOf(probed, 'thumbprint'), { seen: TENTACLE.thumbprint, outcome: 'probed' });
    t.is(peer.counts.connections, tunnels + 2);

    rig.setPolicy(policyTo(peer.port, pinned(OTHER)));
    isTurnedAway(t, await go({ ...asking, ...session }));
    const mismatch = await closeOf(rig, before + 4);
    t.like(mismatch, { ended_by: 'thumbprint_mismatch', server_shown: 'probed' });
    t.like(checkOf(mismatch, 'thumbprint'), { seen: TENTACLE.thumbprint, outcome: 'mismatch' });
  });
}

/** A session that a client may come back with. */
async function aSession(handshake: Shaken): Promise<Buffer> {
  const socket: TLSSocket = secure(handshake);
  const told = new Promise<Buffer>((resolve) => socket.once('session', resolve));
  const session = socket.getSession();
  const ready = socket.getProtocol() === 'TLSv1.2' && session !== undefined ? session : told;
  const got = await orHung(Promise.resolve(ready), () => 'no session comes');
  await talk(handshake);
  return got;
}

function isTurnedAway(t: ExecutionContext, handshake: Shaken): void {
  t.regex(handshake.kind === 'failed' ? handshake.words : 'it went through', /alert access denied/);
}

test('what a probe showed is remembered: the next tunnel makes none', async (t) => {
  const { peer, rig, go } = await guarded(t, TENTACLE, pinned(TENTACLE));
  for (let count = 1; count <= 3; count++) {
    await talk(await go());
    t.like(checkOf(await closeOf(rig, count), 'thumbprint'), { outcome: 'probed' });
    t.is(peer.counts.connections, count + 1);
  }
});

test('tunnels at the same time wait for one probe', async (t) => {
  const { peer, rig, go } = await guarded(t, TENTACLE, pinned(TENTACLE));
  const handshakes = await Promise.all(Array.from({ length: 5 }, () => go()));
  await Promise.all(handshakes.map(talk));
  await closeOf(rig, 5);
  t.is(peer.counts.connections, 6);
});

test('a certificate that has changed is found out once the memory of the old one is over', async (t) => {
  const { peer, rig, go } = await guarded(t, TENTACLE, pinned(TENTACLE), { probeMemory: 1 });
  await talk(await go());
  t.like(checkOf(await closeOf(rig, 1), 'thumbprint'), { outcome: 'probed' });
  peer.server.setSecureContext(OTHER);
  isTurnedAway(t, await go());
  const close = await closeOf(rig, 2);
  t.like(close, { ended_by: 'thumbprint_mismatch' });
  t.like(checkOf(close, 'thumbprint'), { seen: OTHER.thumbprint, outcome: 'mismatch' });
});

test('a claimed certificate that is not the remembered one has the server asked again', async (t) => {
  const serving = servingOf(known('RSA key exchange'));
  const rule = { protocol: 'tentacle', thumbprints: [CERTIFICATES.rsa.thumbprint, TENTACLE.thumbprint] };
  const { peer, rig, go } = await guarded(t, serving, rule);
  await talk(await go());
  t.like(checkOf(await closeOf(rig, 1), 'thumbprint'), { outcome: 'probed', seen: CERTIFICATES.rsa.thumbprint });
  peer.server.setSecureContext({ ...serving, key: TENTACLE.key, cert: TENTACLE.cert });
  await talk(await go());
  t.like(checkOf(await closeOf(rig, 2), 'thumbprint'), { outcome: 'probed', seen: TENTACLE.thumbprint });
  t.is(peer.counts.connections, 4);
});

test('a probe goes to the address that the tunnel reached, and to no other of its name (law 3)', async (t) => {
  const reached = await startTls(t, TENTACLE, { host: '127.0.0.3' });
  const rig = await startGate(t, policyTo(reached.port, { ...pinned(TENTACLE), to: 'two.test' }), {
    hosts: { 'two.test': ['127.0.0.2', '127.0.0.3'] },
  });
  // The first address takes no connection until the tunnel has gone to the second one.
  const late: TlsPeer[] = [];
  reached.server.once('connection', () => {
    void startTls(t, OTHER, { host: '127.0.0.2', port: reached.port }).then((peer) => late.push(peer));
  });
  await talk(await shake(rig.port, `two.test:${reached.port}`, { ...CLIENT, servername: 'two.test' }));
  const close = await closeOf(rig);
  t.like(close, { dialled: { ip: '127.0.0.3' }, server_shown: 'probed', cleared_by: 'inside/first' });
  t.is(reached.counts.connections, 2);
  t.is(late[0]?.counts.connections, 0);
});

test('a probe that fails proves nothing: the tunnel is denied, and the record says why', async (t) => {
  const { peer, rig, go } = await guarded(t, TENTACLE, pinned(TENTACLE));
  peer.server.on('connection', (socket: Socket) => {
    if (peer.counts.connections > 1) socket.destroy();
  });
  isTurnedAway(t, await go());
  const close = await closeOf(rig);
  t.like(close, { ended_by: 'identity_not_visible', server_shown: 'hidden' });
  const check = checkOf(close, 'thumbprint');
  t.like(check, { outcome: 'not_visible', seen: null, expected: [TENTACLE.thumbprint] });
  t.regex(String(check['detail']), /^TLS 1\.3 hides certificates; the probe failed: .*closed/);
});

test('a server that is there for one connection only is not proven either', async (t) => {
  const { peer, rig, go } = await guarded(t, TENTACLE, pinned(TENTACLE));
  peer.server.once('connection', () => peer.server.close());
  isTurnedAway(t, await go());
  const close = await closeOf(rig);
  t.like(close, { ended_by: 'identity_not_visible' });
  t.regex(String(checkOf(close, 'thumbprint')['detail']), /the probe failed: .*refused/);
});

test('a server that wants a client certificate shows its own to the probe all the same', async (t) => {
  const serving = { ...TENTACLE, requestCert: true, rejectUnauthorized: true, ca: [OTHER.cert] };
  const { rig, go } = await guarded(t, serving, pinned(TENTACLE));
  await talk(await go({ key: OTHER.key, cert: OTHER.cert }));
  t.like(await closeOf(rig), { server_shown: 'probed', client_shown: 'hidden' });
});

test('TLS 1.3 hides the client, which no one can ask: a rule that pins it turns it away unless it says allow', async (t) => {
  const serving = { ...TENTACLE, requestCert: true, rejectUnauthorized: false };
  const rule = pinned(TENTACLE, { 'client-thumbprints': [OTHER.thumbprint] });
  const { peer, rig, go } = await guarded(t, serving, rule);
  isTurnedAway(t, await go({ key: OTHER.key, cert: OTHER.cert }));
  const close = await closeOf(rig);
  t.like(close, { ended_by: 'identity_not_visible', client_shown: 'hidden' });
  t.like(checkOf(close, 'client_thumbprint'), { outcome: 'not_visible', seen: null });
  rig.setPolicy(policyTo(peer.port, { ...rule, unverifiable: 'allow' }));
  await talk(await go({ key: OTHER.key, cert: OTHER.cert }));
  t.like(checkOf(await closeOf(rig, 2), 'client_thumbprint'), { outcome: 'not_visible' });
});

test('where nothing is pinned no probe is made, and under observe one is', async (t) => {
  const { peer, rig, go } = await guarded(t, TENTACLE, { protocol: 'tentacle' });
  await talk(await go());
  t.like(await closeOf(rig), { server_shown: 'hidden', cleared_by: 'inside/first' });
  t.is(peer.counts.connections, 1);
  rig.setPolicy(policyTo(peer.port, { protocol: 'tentacle', mode: 'observe' }));
  await talk(await go());
  const close = await closeOf(rig, 2);
  t.like(close, { server_shown: 'probed', would_deny: 'none' });
  t.like(checkOf(close, 'thumbprint'), { outcome: 'not_checked', expected: [], seen: TENTACLE.thumbprint });
  t.is(peer.counts.connections, 3);
});
