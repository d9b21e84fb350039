import { createHash, randomBytes } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { makeCertificate } from '../../fixtures/certificate.js';
import { echoing, silent, startOrigin, type Origin } from '../../fixtures/origin.js';
import { tunnelTo } from '../../fixtures/raw-client.js';
import { orHung, pause, until } from '../../fixtures/waiting.js';
import { inOtherRecords } from '../../protocol/pieces.js';
import { extension, helloWith, serverName } from '../../protocol/tls/bytes.js';
import {
  checkOf,
  closeOf,
  helloBytes,
  policyTo,
  shake,
  shakeAt,
  startGate,
  startGuide,
  startTls,
  talk,
  tunnelWith,
  type RuleWords,
} from './peers.js';

const ACCESS_DENIED = Buffer.from([21, 3, 3, 0, 2, 2, 49]).toString('latin1');
const DECODE_ERROR = Buffer.from([21, 3, 3, 0, 2, 2, 50]).toString('latin1');
const TLS: RuleWords = { protocol: 'tls' };

/** A silent origin and a gate before it whose one rule is for TLS. */
async function denying(t: ExecutionContext, rule: RuleWords = TLS, times = {}) {
  const origin = await startOrigin(silent);
  t.teardown(origin.close);
  return { origin, rig: await startGate(t, policyTo(origin.port, rule), { times }) };
}

/** That the origin was connected to, since names are judged by what is said later, and heard nothing. */
async function heardNothing(t: ExecutionContext, origin: Origin): Promise<void> {
  const arrival = await origin.arrival(0);
  await until(
    () => arrival.state() !== 'open',
    () => 'the connection to the origin stays open',
  );
  t.is(arrival.received(), '');
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`T2: ${version} with the name that was asked for passes, and the record has what the hello says`, async (t) => {
    const peer = await startTls(t, { ...makeCertificate('web.test'), maxVersion: version });
    const rig = await startGate(t, policyTo(peer.port, TLS));
    const socket = await talk(await shake(rig.port, `web.test:${peer.port}`, { ALPNProtocols: ['h2', 'http/1.1'] }));
    t.is(socket.getProtocol(), version);
    const close = await closeOf(rig);
    t.like(close, {
      seen: 'tls',
      server_name: 'web.test',
      alpn: ['h2', 'http/1.1'],
      tls_offered: ['TLSv1.3', 'TLSv1.2'],
      tls_version: null,
      encrypted_hello: false,
      server_shown: 'not_reached',
      cleared_by: 'inside/first',
      would_deny: 'none',
      ended_by: 'client',
    });
    const check = { expected: ['web.test'], expected_count: 1, seen: 'web.test', outcome: 'verified' };
    t.like(checkOf(close, 'server_name'), check);
  });
}

test('T2: another server name is an alert, of which the record has both names, and no byte goes out', async (t) => {
  const { origin, rig } = await denying(t);
  for (const [count, version] of (['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const).entries()) {
    const ciphers = 'DEFAULT:@SECLEVEL=0';
    const options: ConnectionOptions = { servername: 'front.test', minVersion: version, maxVersion: version, ciphers };
    const handshake = await shake(rig.port, `web.test:${origin.port}`, options);
    t.like(handshake, { kind: 'failed' });
    t.regex(handshake.kind === 'failed' ? handshake.words : '', /alert access denied|tlsv1 alert access denied/);
    const close = await closeOf(rig, count + 1);
    t.like(close, { server_name: 'front.test', ended_by: 'server_name_not_allowed', status: 200, bytes_out: 0 });
    t.like(close, { cleared_by: null, judged_by: { id: 'first' } });
    t.like(checkOf(close, 'server_name'), { expected: ['web.test'], seen: 'front.test', outcome: 'mismatch' });
  }
  await heardNothing(t, origin);
});

test('T2: what is refused in a tunnel is on disk before the client is answered', async (t) => {
  const origin = await startOrigin(silent);
  t.teardown(origin.close);
  let release: () => void = () => undefined;
  let asked = 0;
  const rig = await startGate(t, policyTo(origin.port, TLS), {
    disturb: (journal) => ({
      state: journal.state,
      append: async (entry) => {
        if (entry.kind === 'close' && asked++ === 0) await new Promise<void>((resolve) => (release = resolve));
        return await journal.append(entry);
      },
    }),
  });
  const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
  await client.send(await helloBytes({ servername: 'front.test' }));
  await until(
    () => asked > 0,
    () => 'nothing is recorded',
  );
  await pause(150);
  t.is(client.pending(), '');
  release();
  t.deepEqual(await client.readToEnd(), { text: ACCESS_DENIED, ending: 'ended' });
  t.is((await rig.records()).at(-1)?.['ended_by'], 'server_name_not_allowed');
});

/** Rules' `server-names`, what the client asks for, and whether that passes. */
const LISTED: readonly (readonly [readonly string[], string, boolean])[] = [
  [['front.test'], 'front.test', true],
  [['front.test'], 'web.test', true],
  [['front.test'], 'other.test', false],
  [['*.cdn.test'], 'a.cdn.test', true],
  [['*.cdn.test'], 'a.b.cdn.test', true],
  [['*.cdn.test'], 'cdn.test', false],
  [['*.cdn.test'], 'acdn.test', false],
];
for (const [listed, asked, clearTraffic] of LISTED) {
  test(`T2: a rule that lists ${listed.join()} ${clearTraffic ? 'takes' : 'refuses'} ${asked}`, async (t) => {
    const { origin, rig } = await denying(t, { protocol: 'tls', 'server-names': listed });
    const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
    const hello = helloWith(serverName([0, asked]));
    await client.send(hello);
    if (!clearTraffic) {
      t.deepEqual(await client.readToEnd(), { text: ACCESS_DENIED, ending: 'ended' });
      await heardNothing(t, origin);
      return;
    }
    const arrival = await origin.arrival(0);
    await until(
      () => arrival.received() === hello.toString('latin1'),
      () => 'the hello does not arrive',
    );
    client.reset();
    const outcome = { outcome: 'verified', seen: asked, expected: ['web.test', ...listed] };
    t.like(checkOf(await closeOf(rig), 'server_name'), outcome);
  });
}

test('T3: who names no server passes to an address, and not to a name', async (t) => {
  const peer = await startTls(t, makeCertificate('web.test'));
  const rig = await startGate(t, policyTo(peer.port, TLS, { protocol: 'tls', to: '127.0.0.1' }));
  await talk(await shake(rig.port, `127.0.0.1:${peer.port}`, { servername: '' }));
  const passed = await closeOf(rig);
  t.like(passed, { server_name: null, cleared_by: 'inside/second' });
  t.like(checkOf(passed, 'server_name'), { expected: [], seen: null, outcome: 'not_checked' });

  t.is((await shake(rig.port, `web.test:${peer.port}`, { servername: '' })).kind, 'failed');
  const denied = await closeOf(rig, 2);
  t.like(denied, { server_name: null, ended_by: 'server_name_not_allowed', bytes_out: 0 });
  t.like(checkOf(denied, 'server_name'), { outcome: 'mismatch', detail: 'the client sends no server name' });

  // A name is not among what a rule for an address allows, even if it leads there.
  t.is((await shake(rig.port, `127.0.0.1:${peer.port}`, { servername: 'web.test' })).kind, 'failed');
  t.like(await closeOf(rig, 3), { server_name: 'web.test', ended_by: 'server_name_not_allowed' });
  t.deepEqual(peer.counts, { connections: 3, secure: 1 });
});

const CUTS: Readonly<Record<string, (head: Buffer, hello: Buffer) => readonly Buffer[]>> = {
  'in pieces of one byte': (head, hello) => [head, ...Array.from(hello, (byte) => Buffer.from([byte]))],
  'in records of one byte': (head, hello) => [head, inOtherRecords(hello, () => 1)],
  'in records and pieces of seven bytes': (head, hello) => [head, ...sevens(inOtherRecords(hello, () => 7))],
  'behind the CONNECT head in one segment': (head, hello) => [Buffer.concat([head, hello])],
  'half of it behind the CONNECT head': (head, hello) => [
    Buffer.concat([head, hello.subarray(0, 100)]),
    hello.subarray(100),
  ],
};
for (const [how, cut] of Object.entries(CUTS)) {
  test(`T4: a hello ${how} is read, and the handshake goes through`, async (t) => {
    const peer = await startTls(t, makeCertificate('web.test'));
    // A turn of the event loop for each piece takes as long as what else goes on: the time limit is not what is tested.
    const rig = await startGate(t, policyTo(peer.port, TLS), { times: { hello: 60_000, handshake: 60_000 } });
    const guide = await startGuide(t, rig, `web.test:${peer.port}`, cut);
    await talk(await shakeAt(guide));
    t.like(await closeOf(rig), { server_name: 'web.test', cleared_by: 'inside/first' });
    const handshake = await shakeAt(guide, { servername: 'front.test' });
    t.regex(handshake.kind === 'failed' ? handshake.words : '', /alert access denied/);
    t.like(await closeOf(rig, 2), { server_name: 'front.test', bytes_out: 0 });
  });
}

function sevens(bytes: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / 7) }, (_, index) => bytes.subarray(index * 7, index * 7 + 7));
}

test('T4: a hello of more than 16 KiB is refused as soon as it says so', async (t) => {
  const { origin, rig } = await denying(t);
  const long = inOtherRecords(helloWith(serverName([0, 'web.test']), extension(21, Buffer.alloc(17_000))), () => 9_000);
  const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
  await client.send(long.subarray(0, 9_005));
  t.deepEqual(await client.readToEnd(), { text: DECODE_ERROR, ending: 'ended' });
  const close = await closeOf(rig);
  t.like(close, { seen: 'unknown', ended_by: 'traffic_not_allowed', bytes_out: 0, server_name: null });
  // No fact could be asked for, and yet the record names the rule that said no.
  t.not(close['judged_by'], null);
  t.deepEqual([close['checks'], close['cleared_by']], [[], null]);
  t.regex(String(close['detail']), /TLS hello: the handshake is longer than the limit$/);
  await heardNothing(t, origin);
});

test('T4: a client that says nothing in time, or not a whole hello, is refused', async (t) => {
  const { origin, rig } = await denying(t, TLS, { hello: 150 });
  const silentOne = await tunnelTo(rig.port, `web.test:${origin.port}`);
  t.deepEqual(await silentOne.readToEnd(), { text: '', ending: 'ended' });
  const slow = await tunnelWith(rig.port, `web.test:${origin.port}`, (await helloBytes()).subarray(0, 100));
  t.deepEqual(await slow.readToEnd(), { text: '', ending: 'ended' });
  for (const [index, seen] of ['silent', 'unknown'].entries()) {
    const close = await closeOf(rig, index + 1);
    t.like(close, { seen, ended_by: 'traffic_not_allowed', bytes_out: 0, bytes_in: 0 });
    t.regex(String(close['detail']), /no whole TLS hello within 150 ms$/);
  }
  await heardNothing(t, origin);
});

const LEAVING = { 'half-closes': 'halfClose', closes: 'close', resets: 'reset' } as const;
for (const [how, leave] of Object.entries(LEAVING)) {
  test(`a client that ${how} before its hello is whole is not denied anything, and nothing goes out`, async (t) => {
    const { origin, rig } = await denying(t);
    const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
    await client.send((await helloBytes()).subarray(0, 100));
    client[leave]();
    const close = await closeOf(rig);
    t.like(close, { ended_by: 'client', bytes_out: 0, seen: 'not_reached', checks: null });
    t.regex(String(close['detail']), /the client ended the tunnel before a whole TLS hello/);
    await heardNothing(t, origin);
  });
}

test('T9: the end of a client that comes right behind its hello is passed on, and it is still answered', async (t) => {
  const origin = await startOrigin(({ socket, received }) => {
    socket.on('end', () => socket.end(`got ${received().length} bytes`));
  });
  t.teardown(origin.close);
  const rig = await startGate(t, policyTo(origin.port, TLS));
  const hello = await helloBytes();
  const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
  client.socket.end(Buffer.concat([hello, Buffer.from('and more')]));
  t.deepEqual(await client.readToEnd(), { text: `got ${hello.length + 8} bytes`, ending: 'ended' });
  t.like(await closeOf(rig), { bytes_out: hello.length + 8, cleared_by: 'inside/first', ended_by: 'client' });
});

test.serial('what follows a hello arrives as it was sent, both ways at once: 100 MB each', async (t) => {
  const origin = await startOrigin(echoing);
  t.teardown(origin.close);
  const rig = await startGate(t, policyTo(origin.port, TLS));
  const client = await tunnelTo(rig.port, `web.test:${origin.port}`);
  const socket = client.release();
  const sent = createHash('sha256');
  const heard = createHash('sha256');
  let count = 0;
  socket.on('data', (bytes: Buffer) => {
    heard.update(bytes);
    count += bytes.length;
  });
  socket.resume();
  const ended = new Promise((resolve) => socket.once('end', resolve));
  const hello = await helloBytes();
  const piece = randomBytes(1_000_003);
  for (const bytes of [hello, ...Array.from({ length: 100 }, () => piece)]) {
    sent.update(bytes);
    if (!socket.write(bytes)) await new Promise((resolve) => socket.once('drain', resolve));
  }
  socket.end();
  await orHung(ended, () => `the end does not come after ${count} bytes`, 60_000);
  t.is(count, hello.length + 100 * piece.length);
  t.is(heard.digest('hex'), sent.digest('hex'));
  t.like(await closeOf(rig), { bytes_out: count, bytes_in: count });
});
