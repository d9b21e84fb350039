import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { readIdentification, readPacket } from '../../lib/protocol/ssh/index.js';
import { inspect } from '../../lib/proxy/inspect/index.js';
import { portableRelay } from '../../lib/relay/index.js';
import { orHung, until } from '../fixtures/waiting.js';
import { noon } from '../policy/samples.js';
import { follow } from '../protocol/ssh/follow.js';
import { HANDSHAKES } from '../protocol/ssh/handshakes.js';
import { CHROMIUM_HELLO, JSSE } from '../protocol/tls/golden.js';
import { policySet } from '../proxy/rig.js';
import { ADDRESS, Left, Pairs, permitFor, sceneOf, type Peer, type Watched } from './inspecting.js';
import { mutate, seeded, type Chance } from './mutating.js';
import { clear } from '../../lib/policy/index.js';

/*
 * Whole inspections between two sockets on loopback, with real handshakes, changed ones and noise from both ends, under
 * rules that they satisfy and rules that they do not.
 */
const INPUTS = process.env['TIDEGATE_LONG'] === undefined ? 2500 : 200_000;
const LANES = 24;
const GROWTH = 24 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const KEYS = HANDSHAKES.map(({ expected }) => `"${expected.hostKey.sha256}"`).join(', ');
const OTHER_KEY = `"SHA256:${'A'.repeat(43)}"`;
const OTHER_THUMBPRINT = `"${'0'.repeat(40)}"`;

/** Rules by port. Those that are `wrong` pin what no handshake here shows. */
const RULES = [
  { port: 1, family: 'tls', wrong: false, text: 'protocol: tls' },
  { port: 2, family: 'tls', wrong: false, text: `protocol: tentacle, thumbprints: ["${JSSE.thumbprint}"]` },
  { port: 3, family: 'tls', wrong: true, text: `protocol: tentacle, thumbprints: [${OTHER_THUMBPRINT}]` },
  {
    port: 4,
    family: 'tls',
    wrong: false,
    text: `protocol: tentacle, thumbprints: [${OTHER_THUMBPRINT}], mode: observe`,
  },
  { port: 5, family: 'tls', wrong: false, text: `protocol: tentacle, client-thumbprints: [${OTHER_THUMBPRINT}]` },
  { port: 6, family: 'ssh', wrong: false, text: `protocol: ssh, host-keys: [${KEYS}]` },
  { port: 7, family: 'ssh', wrong: true, text: `protocol: ssh, host-keys: [${OTHER_KEY}]` },
  { port: 8, family: 'ssh', wrong: false, text: `protocol: ssh, host-keys: [${OTHER_KEY}], mode: observe` },
  { port: 9, family: 'ssh', wrong: false, text: `protocol: ssh, host-keys: [${KEYS}], unverifiable: probe` },
] as const;

const POLICY = policySet(`policy: fuzz
allow:
${RULES.map(({ port, text }) => `  - { id: rule-${port}, to: [tentacle.test], resolves-to: [127.0.0.0/8], ports: [${port}], ${text} }`).join('\n')}
  - { id: both-tls, to: [tentacle.test], resolves-to: [127.0.0.0/8], ports: [10], protocol: tls }
  - { id: both-ssh, to: [tentacle.test], resolves-to: [127.0.0.0/8], ports: [10], protocol: ssh }
`);
const PERMITS = new Map([...RULES.map(({ port }) => port), 10].map((port) => [port, permitFor(POLICY, port)]));

/** What both ends say, and what a client must not see of it under a rule that pins another identity. */
interface Talk {
  readonly client: Buffer;
  readonly server: Buffer;
  readonly secret: Buffer;
}

const NOISE = Buffer.from('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'.repeat(20));
const TLS_TALK: Talk = {
  client: Buffer.concat([JSSE.hello, JSSE.client]),
  server: Buffer.concat([JSSE.server, Buffer.alloc(300, 0x17)]),
  secret: JSSE.server,
};
const SSH_TALKS: readonly Talk[] = HANDSHAKES.map(({ client, server }) => ({
  client,
  server,
  secret: replyIn(client, server),
}));
const TALKS = [
  TLS_TALK,
  { ...TLS_TALK, client: CHROMIUM_HELLO },
  ...SSH_TALKS,
  { client: NOISE, server: NOISE, secret: NOISE },
];

function replyIn(client: Buffer, server: Buffer): Buffer {
  const { negotiated } = follow(client, server);
  const identification = readIdentification(server, 'server');
  let at = identification.kind === 'whole' ? identification.length : server.length;
  for (
    let packet = readPacket(server.subarray(at));
    packet.kind === 'whole';
    packet = readPacket(server.subarray(at))
  ) {
    if (packet.value[0] === negotiated.reply) return packet.value;
    at += packet.length;
  }
  throw new Error('a handshake without a reply');
}

/** A talk, the rule it goes under, and whether anything about it was changed. */
function anInput(chance: Chance) {
  const rule = chance.of([
    ...RULES,
    { port: 10, family: 'ssh', wrong: false },
    { port: 10, family: 'tls', wrong: false },
  ]);
  const fits = rule.family === 'tls' ? TLS_TALK : chance.of(SSH_TALKS);
  const { client, server, secret } = chance.below(4) > 0 ? fits : chance.of(TALKS);
  const change = chance.of(['none', 'none', 'client', 'server', 'both']);
  return {
    rule,
    secret,
    unchanged: change === 'none',
    client: change === 'client' || change === 'both' ? mutate(client, chance) : client,
    server: change === 'server' || change === 'both' ? mutate(server, chance) : server,
  };
}

type Outcome = 'passed' | 'left' | { readonly wrong: string };

/** One inspection, and what is wrong with it, if anything. */
async function inspectOne(pairs: Pairs, chance: Chance): Promise<Outcome> {
  const input = anInput(chance);
  const [near, far] = [await pairs.pair(), await pairs.pair()];
  const permit = PERMITS.get(input.rule.port);
  if (permit === undefined) throw new Error('a port without a rule');
  const watched: Watched = { wrong: '', allowed: false };
  const context = sceneOf(permit, near.own, far.own, watched, chance);
  const speaking = Promise.all([near.peer.speak(input.client, chance), far.peer.speak(input.server, chance)]);
  let outcome: Outcome = 'passed';
  try {
    const { seen, heldBack } = await inspect(context);
    const clearance = clear(permit, ADDRESS, seen, noon);
    if (clearance.kind === 'denied') throw new Left('at the end');
    const session = portableRelay.start(
      clearance,
      near.own,
      far.own,
      { out: context.client.release(), in: heldBack },
      { idleMs: 'never', endedMs: 60_000 },
    );
    const endings = await speaking;
    for (const { peer } of [near, far]) peer.socket.end();
    await session.done;
    if (!endings.includes('reset')) watched.wrong ||= whatIsMissing(near.peer, far.peer);
  } catch (thrown) {
    if (!(thrown instanceof Left)) throw thrown;
    outcome = 'left';
    const { tunnelRefusal } = context.client;
    if (tunnelRefusal !== 'none' && tunnelRefusal('Egress denied').length === 0) watched.wrong = 'an empty farewell';
    far.own.destroy();
    near.own.destroy();
    await speaking;
  }
  for (const { peer } of [near, far]) peer.socket.destroy();
  const sockets = [near, far].flatMap(({ own, peer }) => [own, peer.socket]);
  await until(
    () => sockets.every(({ closed }) => closed),
    () => `a socket stays open under port ${input.rule.port}`,
  );
  watched.wrong ||= whatCameWrong(near.peer, far.peer);
  if (!watched.allowed && far.peer.got().length > 0) watched.wrong = 'bytes went out that policy did not allow';
  if (input.rule.wrong && input.unchanged && near.peer.got().includes(input.secret))
    watched.wrong = 'a false identity was shown';
  return watched.wrong === '' ? outcome : { wrong: `port ${input.rule.port}: ${watched.wrong}` };
}

/** What each end got must be what the other wrote, as far as it came. */
function whatCameWrong(client: Peer, server: Peer): string {
  const isBeginning = (part: Buffer, whole: Buffer) => whole.subarray(0, part.length).equals(part);
  if (!isBeginning(server.got(), client.written())) return 'the server got other bytes than the client wrote';
  return isBeginning(client.got(), server.written()) ? '' : 'the client got other bytes than the server wrote';
}

function whatIsMissing(client: Peer, server: Peer): string {
  if (server.got().length < client.written().length) return 'bytes of the client were lost';
  return client.got().length < server.written().length ? 'bytes of the server were lost' : '';
}

function memoryHeld(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
}

test(`${INPUTS} inspections of anything end in time, let nothing by unasked, change no byte and leave nothing behind`, async (t) => {
  t.timeout(3_600_000, 'inspections hang');
  const pairs = new Pairs();
  await pairs.open();
  const before = openSockets();
  const counts = new Map<string, number>();
  let [next, held] = [0, 0];
  const lane = async (): Promise<void> => {
    while (next < INPUTS) {
      const seed = next++;
      if (seed === 1000) held = memoryHeld();
      const outcome = await orHung(inspectOne(pairs, seeded(seed)), () => `seed ${seed}`, 20_000);
      if (typeof outcome === 'object') t.fail(`seed ${seed}: ${outcome.wrong}`);
      else counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  t.log(Object.fromEntries(counts));
  for (const outcome of ['passed', 'left']) t.true((counts.get(outcome) ?? 0) > INPUTS / 20, `${outcome} hardly ever`);
  await until(
    () => openSockets() <= before,
    () => `${openSockets() - before} sockets are open`,
  );
  t.true(memoryHeld() - held < GROWTH, `${memoryHeld() - held} bytes more are held`);
  pairs.close();
});
