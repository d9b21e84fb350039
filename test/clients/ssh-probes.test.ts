import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import ssh2 from 'ssh2';
import { fingerprintsOf } from '../../lib/protocol/ssh/index.js';
import { makeSshKey } from '../fixtures/ssh-key.js';
import { silent, startOrigin } from '../fixtures/origin.js';
import { tunnelTo } from '../fixtures/raw-client.js';
import { orHung } from '../fixtures/waiting.js';
import { kexinit, packet, reply } from '../protocol/ssh/wire.js';
import {
  checkOf,
  closeOf,
  fingerprint,
  greetedTunnel,
  KEY,
  NEWKEYS,
  OFFER,
  startScripted,
  startSshRig,
} from '../proxy/inspect/ssh-peers.js';
import type { Rig } from '../proxy/rig.js';

/** An ssh2 server with one key, and that key's fingerprint. */
interface Keyed {
  readonly port: number;
  readonly pin: string;
}

async function startKeyed(t: ExecutionContext): Promise<Keyed> {
  const { private: hostKey, public: shown } = makeSshKey(() => ssh2.utils.generateKeyPairSync('ed25519'));
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection) => {
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => context.accept());
  });
  t.teardown(() => server.close());
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  return { port, pin: fingerprintsOf(Buffer.from(shown.split(' ')[1] ?? '', 'base64')).sha256 };
}

/** One address behind which the server of each connection is chosen as it comes. */
interface Switch {
  readonly port: number;
  readonly connections: () => number;
  /** To which server the connection of that index goes. */
  choose: (index: number) => Keyed;
}

async function startSwitch(t: ExecutionContext, first: Keyed): Promise<Switch> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(it.choose(connections++).port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => [client, upstream].forEach((end) => end.destroy()));
    }
    client.pipe(upstream);
    upstream.pipe(client);
  });
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const it: Switch = { port, connections: () => connections, choose: () => first };
  return it;
}

/** Logs ssh2 in through a proxy and out again: `in`, or why not. */
async function logIn(rig: Rig, port: number): Promise<string> {
  const tunnel = await tunnelTo(rig.port, `linux.test:${port}`);
  const client = new ssh2.Client();
  const outcome = new Promise<string>((resolve) => {
    client.once('ready', () => resolve('in')).once('error', (error) => resolve(error.message));
  });
  client.connect({ sock: tunnel.release(), username: 'octopus', password: 'any' });
  const what = await orHung(outcome, () => 'the log-in');
  client.end();
  return what;
}

const PROBE = ['unverifiable: probe'];
const MISMATCH = /^Egress denied: the SSH host key is not one the rule lists \[rule linux\/linux\] \(attempt /;
const UNSEEN = /^Egress denied: the pinned identity cannot be seen or proven \[rule linux\/linux\] \(attempt /;

test('a probe proves the key that the tunnel shows, and is remembered for the next tunnel', async (t) => {
  const server = await startKeyed(t);
  const there = await startSwitch(t, server);
  const rig = await startSshRig(t, there.port, { pins: [server.pin], more: PROBE });
  t.is(await logIn(rig, there.port), 'in');
  t.is(there.connections(), 2, 'the tunnel and the probe');
  t.like(await closeOf(rig), { server_shown: 'probed', cleared_by: 'linux/linux' });
  t.like(checkOf(await closeOf(rig)), { seen: server.pin, outcome: 'probed', detail: 'ssh-ed25519' });
  t.is(await logIn(rig, there.port), 'in');
  t.is(there.connections(), 3, 'the tunnel alone');
  t.like(checkOf(await closeOf(rig, 1)), { outcome: 'probed' });
});

test('a host key that changes is refused at once, also while the old one is remembered', async (t) => {
  const [server, other] = [await startKeyed(t), await startKeyed(t)];
  const there = await startSwitch(t, server);
  const rig = await startSshRig(t, there.port, { pins: [server.pin], more: PROBE });
  t.is(await logIn(rig, there.port), 'in');
  there.choose = () => other;
  t.regex(await logIn(rig, there.port), MISMATCH);
  const close = await closeOf(rig, 1);
  t.like(close, { ended_by: 'host_key_mismatch', server_shown: 'probed' });
  t.like(checkOf(close), { expected: [server.pin], seen: other.pin, outcome: 'mismatch' });
});

test('a change from one pinned key to another is asked after again, and passes', async (t) => {
  const [server, other] = [await startKeyed(t), await startKeyed(t)];
  const there = await startSwitch(t, server);
  const rig = await startSshRig(t, there.port, { pins: [server.pin, other.pin], more: PROBE });
  t.is(await logIn(rig, there.port), 'in');
  there.choose = () => other;
  t.is(await logIn(rig, there.port), 'in');
  t.is(there.connections(), 4);
  t.like(checkOf(await closeOf(rig, 1)), { seen: other.pin, outcome: 'probed' });
});

test('a key that is changed between the tunnel and the probe is not proven, though both are pinned', async (t) => {
  const [server, other] = [await startKeyed(t), await startKeyed(t)];
  const there = await startSwitch(t, server);
  there.choose = (index) => (index === 0 ? other : server);
  const rig = await startSshRig(t, there.port, { pins: [server.pin, other.pin], more: PROBE });
  t.regex(await logIn(rig, there.port), UNSEEN);
  const close = await closeOf(rig);
  t.like(close, { ended_by: 'identity_not_visible', server_shown: 'claimed' });
  t.like(checkOf(close), { seen: other.pin, outcome: 'not_visible' });
  t.regex(String(checkOf(close)['detail']), /the probe failed: the same address showed another identity/);
});

test('tunnels that come at the same time wait for one handshake', async (t) => {
  const server = await startKeyed(t);
  const there = await startSwitch(t, server);
  const rig = await startSshRig(t, there.port, { pins: [server.pin], more: PROBE });
  const all = await Promise.all(Array.from({ length: 4 }, () => logIn(rig, there.port)));
  t.deepEqual(all, ['in', 'in', 'in', 'in']);
  t.is(there.connections(), 5);
});

test('a server that answers the tunnel and no handshake of ours is not proven, and holds no client up for long', async (t) => {
  const [server, mute] = [await startKeyed(t), await startOrigin(silent)];
  t.teardown(mute.close);
  const there = await startSwitch(t, server);
  there.choose = (index) => (index === 0 ? server : { ...server, port: mute.port });
  const rig = await startSshRig(t, there.port, { pins: [server.pin], more: PROBE }, { times: { probe: 300 } });
  t.regex(await logIn(rig, there.port), UNSEEN);
  t.regex(String(checkOf(await closeOf(rig))['detail']), /the probe failed: no answer in \d+ ms/);
});

test('without a probe wanted there is none', async (t) => {
  const server = await startKeyed(t);
  const there = await startSwitch(t, server);
  const rig = await startSshRig(t, there.port, { pins: [server.pin] });
  t.is(await logIn(rig, there.port), 'in');
  t.is(there.connections(), 1);
  t.like(checkOf(await closeOf(rig)), { outcome: 'verified' });
});

/** What a server offers that ssh2 can agree with: its key is asked for then. */
const REAL = {
  ...OFFER,
  others: ['aes128-ctr', 'aes128-ctr', 'hmac-sha2-256', 'hmac-sha2-256', 'none', 'none', '', ''],
};

test('a pair in collusion passes a pin with a key that the server does not hold, and no probe', async (t) => {
  const server = await startScripted(t, { offer: packet(kexinit(REAL)), after: NEWKEYS });
  const trusting = await startSshRig(t, server.port, { pins: [fingerprint(KEY)] });
  const colluding = await greetedTunnel(trusting, server.port);
  await colluding.readBytes(
    'SSH-2.0-scripted\r\n'.length + packet(kexinit(REAL)).length + packet(reply(KEY.blob)).length,
  );
  colluding.halfClose();
  t.like(checkOf(await closeOf(trusting)), { outcome: 'verified' });

  const rig = await startSshRig(t, server.port, { pins: [fingerprint(KEY)], more: PROBE });
  const client = await greetedTunnel(rig, server.port);
  t.regex((await client.readToEnd()).text, /Egress denied: the pinned identity cannot be seen or proven/);
  const close = await closeOf(rig);
  t.like(close, { ended_by: 'identity_not_visible', server_shown: 'claimed', cleared_by: null });
  t.like(checkOf(close), { seen: fingerprint(KEY), outcome: 'not_visible' });
  t.regex(String(checkOf(close)['detail']), /the host key did not sign the key exchange/);
});

test('where a key exchange hides the key, a probe finds it out', async (t) => {
  const server = await startKeyed(t);
  const hiding = { ...OFFER, keyExchange: 'rsa2048-sha256' };
  const hidden = await startScripted(t, { offer: packet(kexinit(hiding)) });
  const there = await startSwitch(t, server);
  there.choose = (index) => (index === 0 ? { ...server, port: hidden.port } : server);
  const rig = await startSshRig(t, there.port, { pins: [server.pin], more: PROBE });
  const client = await greetedTunnel(rig, there.port, hiding);
  await client.readBytes(
    'SSH-2.0-scripted\r\n'.length + packet(kexinit(hiding)).length + packet(reply(KEY.blob)).length,
  );
  client.halfClose();
  t.like(checkOf(await closeOf(rig)), { seen: server.pin, outcome: 'probed' });
});

test('a rule that only observes learns from a probe, too, what its pins would have to be', async (t) => {
  const server = await startKeyed(t);
  const there = await startSwitch(t, server);
  const rig = await startSshRig(t, there.port, { more: ['mode: observe', ...PROBE] });
  t.is(await logIn(rig, there.port), 'in');
  t.like(await closeOf(rig), { server_shown: 'probed', would_deny: 'none' });
  t.like(checkOf(await closeOf(rig)), { expected: [], seen: server.pin, outcome: 'not_checked' });
});
