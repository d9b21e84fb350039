import { connect as tlsConnect, createServer as createTlsServer } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { makeTentacleCertificate } from '../../fixtures/certificate.js';
import { silent, startOrigin, type Origin, type Serve } from '../../fixtures/origin.js';
import { tunnelTo, type RawClient } from '../../fixtures/raw-client.js';
import { orHung, until } from '../../fixtures/waiting.js';
import { HANDSHAKES } from '../../protocol/ssh/handshakes.js';
import { helloWith, serverName } from '../../protocol/tls/bytes.js';
import { JSSE } from '../../protocol/tls/golden.js';
import { startRig, type Rig, type RigOptions } from '../rig.js';

const HOSTS = { 'tentacle.test': ['127.0.0.1'] };
const KEYS = HANDSHAKES.map(({ expected }) => `"${expected.hostKey.sha256}"`).join(', ');
const [SSH = { client: Buffer.alloc(0), server: Buffer.alloc(0) }] = HANDSHAKES;

/** A policy with one rule for `tentacle.test`. */
function ruled(rule: string): string {
  return `policy: one
allow:
  - { id: one, to: [tentacle.test], resolves-to: [127.0.0.0/8], ports: [1-65535], ${rule} }
`;
}

const TENTACLE = `protocol: tentacle, thumbprints: ["${JSSE.thumbprint}"], client-thumbprints: ["${'0'.repeat(40)}"]`;
const SSH_RULE = `protocol: ssh, host-keys: [${KEYS}]`;

/** Says something as soon as a byte has come. */
function saying(bytes: Buffer): Serve {
  return ({ socket }) => {
    socket.once('data', () => socket.write(bytes));
    socket.on('end', () => socket.end());
  };
}

const GREETING = Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n');

/** Places at which an inspection waits: what the client has said by then, what the destination has, and what of it goes out. */
const STAGES = [
  { at: 'nothing of a hello', rule: 'protocol: tls', said: Buffer.alloc(0), serve: silent, out: 0, back: 0 },
  { at: 'half a hello', rule: 'protocol: tls', said: JSSE.hello.subarray(0, 100), serve: silent, out: 0, back: 0 },
  { at: 'no answer of a Tentacle', rule: TENTACLE, said: JSSE.hello, serve: silent, out: JSSE.hello.length, back: 0 },
  {
    at: 'half an answer of a Tentacle',
    rule: TENTACLE,
    said: JSSE.hello,
    serve: saying(JSSE.server.subarray(0, 200)),
    out: JSSE.hello.length,
    back: 0,
  },
  {
    at: 'no certificate of a client',
    rule: TENTACLE,
    said: JSSE.hello,
    serve: saying(JSSE.server),
    out: JSSE.hello.length,
    back: JSSE.server.length,
  },
  { at: 'no SSH client', rule: SSH_RULE, said: Buffer.alloc(0), serve: silent, out: 0, back: 0 },
  { at: 'no SSH server', rule: SSH_RULE, said: GREETING, serve: silent, out: GREETING.length, back: 0 },
  {
    at: 'half a key exchange',
    rule: SSH_RULE,
    said: GREETING,
    serve: saying(GREETING),
    out: GREETING.length,
    back: GREETING.length,
  },
] as const;

interface Waiting {
  readonly rig: Rig;
  readonly origin: Origin;
  readonly client: RawClient;
}

/** Brings an inspection to a place at which it waits. */
async function waitingAt(
  t: ExecutionContext,
  stage: (typeof STAGES)[number],
  options: RigOptions = {},
): Promise<Waiting> {
  const origin = await startOrigin(stage.serve);
  const rig = await startRig({ policy: ruled(stage.rule), hosts: HOSTS, ...options });
  t.teardown(origin.close);
  t.teardown(rig.end);
  const client = await tunnelTo(rig.port, `tentacle.test:${origin.port}`);
  await client.send(stage.said);
  const arrival = await origin.arrival(0);
  await until(
    () => arrival.received().length >= stage.out,
    () => 'what may go out does not arrive',
  );
  t.is((await client.readBytes(stage.back)).length, stage.back);
  return { rig, origin, client };
}

/** Waits for the close record, and for the destination's end. */
async function closed(t: ExecutionContext, { rig, origin }: Waiting, out: number) {
  const arrival = await origin.arrival(0);
  await until(
    () => arrival.state() !== 'open',
    () => 'the connection out stays open',
  );
  let close: Readonly<Record<string, unknown>> | undefined;
  await until(
    async () => (close = (await rig.records()).find(({ kind }) => kind === 'close')) !== undefined,
    () => `no close record; logged ${rig.logged.join(' ')}`,
  );
  t.is(arrival.received().length, out, 'no byte more went out');
  t.deepEqual(
    rig.logged.filter((line) => line.includes('fault')),
    [],
  );
  return close;
}

for (const stage of STAGES) {
  test(`a stop ends an inspection that waits at ${stage.at}, with a record`, async (t) => {
    const waiting = await waitingAt(t, stage);
    const { ended } = await orHung(waiting.rig.proxy.stop(0), () => 'the stop');
    t.is(ended, 1);
    t.is((await closed(t, waiting, stage.out))?.['ended_by'], 'shutdown');
    await waiting.client.readToEnd();
  });

  test(`a stop with time to drain ends an inspection that waits at ${stage.at}, too`, async (t) => {
    const waiting = await waitingAt(t, stage);
    await orHung(waiting.rig.proxy.stop(200), () => 'the stop');
    t.is((await closed(t, waiting, stage.out))?.['ended_by'], 'shutdown');
  });

  test(`a client that breaks off at ${stage.at} ends the inspection, and the connection out`, async (t) => {
    const waiting = await waitingAt(t, stage);
    waiting.client.reset();
    const close = await closed(t, waiting, stage.out);
    t.is(close?.['ended_by'], 'client');
    t.is(close?.['status'], 200);
  });
}

test('an inspection goes on while a stop drains, and the tunnel passes', async (t) => {
  const [, half] = STAGES;
  const waiting = await waitingAt(t, half);
  const stopping = waiting.rig.proxy.stop(5_000);
  await waiting.client.send(JSSE.hello.subarray(100));
  const arrival = await waiting.origin.arrival(0);
  await until(
    () => arrival.received().length === JSSE.hello.length,
    () => 'the hello does not arrive',
  );
  waiting.client.halfClose();
  arrival.socket.end();
  t.is((await orHung(stopping, () => 'the stop')).ended, 0);
  t.is((await closed(t, waiting, JSSE.hello.length))?.['ended_by'], 'client');
});

test('a refusal inside a tunnel that cannot be recorded is no less a refusal', async (t) => {
  let broken = false;
  const origin = await startOrigin(silent);
  const rig = await startRig({
    policy: ruled('protocol: tls'),
    hosts: HOSTS,
    disturb: (journal) => ({
      state: journal.state,
      append: (entry) =>
        broken
          ? Promise.resolve({ kind: 'not_written', reason: 'failed', detail: 'the disk is gone' })
          : journal.append(entry),
    }),
  });
  const client = await tunnelTo(rig.port, `tentacle.test:${origin.port}`);
  broken = true;
  await client.send(helloWith(serverName([0, 'other.test'])));
  t.is(Buffer.from((await client.readToEnd()).text, 'latin1').toString('hex'), '15030300020231');
  const arrival = await origin.arrival(0);
  await until(
    () => arrival.state() !== 'open',
    () => 'the connection out stays open',
  );
  t.is(arrival.received(), '');
  t.is(rig.proxy.statistics().unrecorded, 1);
  await rig.end();
  await origin.close();
});

test('a policy that changes between hello and certificate has the last word', async (t) => {
  const [, , waitingForTentacle] = STAGES;
  const rule = `protocol: tentacle, thumbprints: ["${JSSE.thumbprint}"]`;
  const waiting = await waitingAt(t, { ...waitingForTentacle, rule });
  waiting.rig.setPolicy(ruled(`protocol: tentacle, thumbprints: ["${'1'.repeat(40)}"] `));
  const arrival = await waiting.origin.arrival(0);
  arrival.socket.write(JSSE.server);
  await waiting.client.send(JSSE.client);
  const close = await closed(t, waiting, JSSE.hello.length);
  t.is(close?.['ended_by'], 'thumbprint_mismatch');
});

test('a stop does not wait for a probe that hangs, nor lets the tunnel pass after it', async (t) => {
  const certificate = makeTentacleCertificate('tentacle');
  const tls = createTlsServer({ ...certificate, minVersion: 'TLSv1.3' });
  t.teardown(() => tls.close());
  const origin = await startOrigin(({ socket }, index) => {
    if (index > 0) return;
    socket.removeAllListeners('data');
    tls.emit('connection', socket);
  });
  t.teardown(origin.close);
  const rule = `protocol: tentacle, thumbprints: ["${certificate.thumbprint}"], unverifiable: probe`;
  const rig = await startRig({ policy: ruled(rule), hosts: HOSTS, times: { probe: 60_000, handshake: 60_000 } });
  t.teardown(rig.end);
  const client = await tunnelTo(rig.port, `tentacle.test:${origin.port}`);
  const socket = tlsConnect({ socket: client.release(), servername: 'tentacle.test', rejectUnauthorized: false });
  socket.on('error', () => undefined);
  await origin.arrival(1);
  await orHung(rig.proxy.stop(0), () => 'the stop', 4_000);
  const close = (await rig.records()).find(({ kind }) => kind === 'close');
  t.is(close?.['ended_by'], 'shutdown');
});

test('500 inspected tunnels of every end leave no socket behind', async (t) => {
  const origin = await startOrigin(saying(JSSE.server));
  const rig = await startRig({
    hosts: HOSTS,
    times: { hello: 200, handshake: 400, probe: 200 },
    policy: `policy: many
allow:
  - { id: tls, to: [tentacle.test], resolves-to: [127.0.0.0/8], ports: [1-65535], ${TENTACLE} }
  - { id: ssh, to: [tentacle.test], resolves-to: [127.0.0.0/8], ports: [1-65535], protocol: ssh, host-keys: [${KEYS}], unverifiable: probe }
`,
  });
  const open = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
  const before = open();
  const says = [
    JSSE.hello,
    SSH.client,
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.concat([JSSE.hello, JSSE.client]),
  ];
  const one = async (index: number): Promise<void> => {
    const client = await tunnelTo(rig.port, `tentacle.test:${origin.port}`);
    await client.send(says[index % says.length] ?? Buffer.alloc(0));
    if (index % 7 === 0) client.reset();
    else if (index % 5 === 0) client.halfClose();
    if (index % 7 > 0) await client.readToEnd();
    client.close();
  };
  for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 25 }, (_, i) => one(round * 25 + i)));
  await until(
    () => open() <= before,
    () => `${open() - before} sockets are open`,
  );
  const closes = (await rig.records()).filter(({ kind }) => kind === 'close');
  t.is(closes.length, 500);
  await rig.end();
  await origin.close();
});
