import { readdirSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import ssh2 from 'ssh2';
import { makeCertificate } from '../fixtures/certificate.js';
import { tunnelTo } from '../fixtures/raw-client.js';
import { pause, until } from '../fixtures/waiting.js';
import { chanceFrom } from '../protocol/pieces.js';
import {
  join,
  listening,
  NOBODY,
  policyOf,
  rule,
  startLooking,
  startSshServer,
  startTlsEcho,
} from '../proxy/tunnel-rig.js';

const TUNNELS = 300;
const AT_ONCE = 20;
/** Within how many milliseconds an end leaves: about as long as a look inside takes here. */
const LIFE = 25;

const chance = chanceFrom(20_261_125);

/** Stands before a server and leaves three connections out of ten at some moment, in one way or another. */
async function startFickle(t: ExecutionContext, to: number) {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined).once('close', () => open.delete(socket));
    join(socket, to);
    if (chance(10) >= 3) return;
    const leave = chance(2) === 0 ? () => socket.resetAndDestroy() : () => socket.end();
    setTimeout(leave, chance(LIFE));
  });
  return { port: await listening(t, server), open };
}

/** What a client begins inside its tunnel, before it leaves. */
const BEGINNINGS: readonly ((socket: Socket) => void)[] = [
  (socket) => void new ssh2.Client().on('error', () => undefined).connect({ sock: socket, username: 'nobody' }),
  ...(['TLSv1.2', 'TLSv1.3'] as const).map((maxVersion) => (socket: Socket) => {
    connectTls({ socket, servername: 'web.test', rejectUnauthorized: false, maxVersion }).on('error', () => undefined);
  }),
];

test('clients and servers that leave at any moment of a look inside leave nothing behind', async (t) => {
  const certificate = makeCertificate('web.test');
  const echo = await startTlsEcho(t, { ...certificate, requestCert: true, rejectUnauthorized: false });
  const tls = await startFickle(t, echo.port);
  const ssh = await startFickle(t, await startSshServer(t));
  const policy = policyOf(
    rule(tls.port, `protocol: tentacle, thumbprints: [${certificate.thumbprint}, ${NOBODY}]`, 'tls'),
    rule(ssh.port, `protocol: ssh, mode: observe, unverifiable: probe, host-keys: ["SHA256:${'A'.repeat(43)}"]`, 'ssh'),
  );
  const rig = await startLooking(t, policy, { times: { probeMemory: 1 } });
  const descriptors = (): number => readdirSync('/proc/self/fd').length;
  const before = descriptors();

  const makeOne = async (index: number): Promise<void> => {
    const begin = BEGINNINGS[index % BEGINNINGS.length];
    const client = await tunnelTo(rig.port, `web.test:${begin === BEGINNINGS[0] ? ssh.port : tls.port}`);
    const socket = client.release().on('error', () => undefined);
    begin?.(socket);
    await pause(chance(LIFE));
    if (chance(2) === 0) socket.destroy();
    else socket.resetAndDestroy();
  };
  for (let made = 0; made < TUNNELS; made += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => makeOne(made + index)));

  await until(
    () => rig.proxy.statistics().connections.open === 0 && tls.open.size + ssh.open.size === 0,
    () => `${rig.proxy.statistics().connections.open} clients, ${tls.open.size} and ${ssh.open.size} servers are there`,
  );
  await until(
    () => descriptors() <= before,
    () => `${descriptors()} descriptors are open, ${before} were before`,
  );
  await until(
    async () => (await rig.records()).filter(({ kind }) => kind === 'close').length === TUNNELS,
    () => 'an end was not recorded',
  );
  const { allowed, denied, refused, failed, unrecorded } = rig.proxy.statistics();
  t.deepEqual([allowed + denied + refused + failed, unrecorded], [TUNNELS, 0], 'each is counted once');
  t.deepEqual(rig.logged, []);
  const ends = new Map<unknown, number>();
  for (const { kind, ended_by: by } of await rig.records()) if (kind === 'close') ends.set(by, (ends.get(by) ?? 0) + 1);
  t.log(Object.fromEntries(ends));
  // Of a server that goes before the probe is over nothing is known: that is the one denial.
  const known = [
    'client',
    'destination',
    'client_reset',
    'destination_reset',
    'identity_not_visible',
    'connection_terminated',
  ];
  t.deepEqual(
    [...ends.keys()].filter((by) => !known.includes(String(by))),
    [],
  );
  t.true(ends.has('client') && ends.has('destination'));
});
