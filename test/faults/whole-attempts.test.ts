import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { EventEmitter } from 'node:events';
import { connect, createServer, Server, Socket, type AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test, { type ExecutionContext } from 'ava';
import { orHung, until } from '../fixtures/waiting.js';
import { startRig, type Rig } from '../proxy/rig.js';

/*
 * Whole attempts through a real proxy and a real journal, over loopback: nothing of an attempt may stay, neither memory
 * nor a listener on what outlives it. `TIDEGATE_LONG=1` makes 100,000.
 */
const ATTEMPTS = process.env['TIDEGATE_LONG'] === undefined ? 4_000 : 100_000;
const WARM_UP = 2_000;
const LANES = 20;
/** What the collector and the compiler may add. A socket kept by each attempt would be 40 MB, or a gigabyte. */
const ALLOWED = 3 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Answers an HTTP request, sends anything else back, and ends when its client ends. */
async function startEcho(t: ExecutionContext): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      const isHttp = bytes.toString('latin1', 0, 4) === 'GET ';
      socket.write(isHttp ? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' : bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A client that keeps its connection, and how to wait until as much as a text has arrived since the last wait. */
interface Client {
  readonly socket: Socket;
  readonly sees: (text: string) => Promise<void>;
  readonly closed: Promise<void>;
}

async function open(port: number): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let heard = '';
  let wake = (): void => undefined;
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    heard += bytes.toString('latin1');
    wake();
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise((resolve) => socket.once('connect', resolve));
  const sees = async (text: string): Promise<void> => {
    const arrived = new Promise<void>((resolve) => {
      wake = () => (heard.includes(text) ? resolve() : undefined);
      wake();
    });
    await orHung(arrived, () => `waiting for ${text}, heard ${heard}`);
    heard = '';
  };
  return { socket, sees, closed };
}

/** One attempt of each kind; `kept` is a connection of many requests, and the others are of one. */
const KINDS = {
  refusedConnect: async (port) => {
    const { socket, sees, closed } = await open(port);
    socket.write('CONNECT no.example:443 HTTP/1.1\r\nHost: no.example:443\r\n\r\n');
    await sees('(attempt ');
    socket.end();
    await closed;
  },
  endedTunnel: async (port, echo) => {
    const { socket, sees, closed } = await open(port);
    socket.write(`CONNECT 127.0.0.1:${echo} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await sees('established\r\n\r\n');
    socket.write('ping');
    await sees('ping');
    socket.end();
    await closed;
  },
  refusedRequest: async (_port, _echo, kept) => {
    kept.socket.write('GET http://no.example/ HTTP/1.1\r\nHost: no.example\r\n\r\n');
    await kept.sees('\r\n\r\ntidegate: ');
  },
  forwardedRequest: async (_port, echo, kept) => {
    kept.socket.write(`GET http://127.0.0.1:${echo}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
    await kept.sees('\r\n\r\nok');
  },
  goneBeforeTheResponse: async (port, echo) => {
    const { socket, closed } = await open(port);
    socket.write(`CONNECT 127.0.0.1:${echo} HTTP/1.1\r\nHost: a\r\n\r\n`, () => socket.resetAndDestroy());
    await closed;
  },
  goneWithinTheTunnel: async (port, echo) => {
    const { socket, sees, closed } = await open(port);
    socket.write(`CONNECT 127.0.0.1:${echo} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await sees('established\r\n\r\n');
    socket.resetAndDestroy();
    await closed;
  },
} as const satisfies Record<string, (port: number, echo: number, kept: Client) => Promise<void>>;

/** Carries out so many attempts, in lanes, and waits until nothing of them is under way. */
async function make(attempts: number, rig: Rig, echo: number, kept: readonly Client[]): Promise<void> {
  const kinds = Object.values(KINDS);
  let next = 0;
  const lane = async (client: Client): Promise<void> => {
    for (let at = next++; at < attempts; at = next++) await kinds[at % kinds.length]?.(rig.port, echo, client);
  };
  await Promise.all(kept.map(lane));
  await until(
    () => {
      const { connections, openTunnels } = rig.proxy.statistics();
      return connections.open === kept.length && openTunnels === 0;
    },
    () => JSON.stringify(rig.proxy.statistics()),
  );
}

/** Calls `act`, and gives the sockets that were accepted or dialled meanwhile. */
async function socketsOf(act: () => Promise<void>): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  const note = (message: unknown): void => void sockets.push((message as { socket: Socket }).socket);
  for (const channel of ['net.server.socket', 'net.client.socket']) subscribe(channel, note);
  await act();
  for (const channel of ['net.server.socket', 'net.client.socket']) unsubscribe(channel, note);
  return sockets;
}

/** Every server that listens from now on. */
function serversFromNowOn(t: ExecutionContext): readonly Server[] {
  const servers: Server[] = [];
  const listen = Object.getOwnPropertyDescriptor(Server.prototype, 'listen');
  t.teardown(() => Object.defineProperty(Server.prototype, 'listen', listen ?? {}));
  const original = listen?.value as (...given: unknown[]) => Server;
  Object.defineProperty(Server.prototype, 'listen', {
    ...listen,
    value(this: Server, ...given: unknown[]) {
      servers.push(this);
      return original.apply(this, given);
    },
  });
  return servers;
}

type Emitter = Pick<EventEmitter, 'eventNames' | 'listenerCount'>;

/** The listeners of each emitter; a connection to the origin may have been closed for being idle, and is left out. */
function listenersOf(emitters: readonly Emitter[]): ReadonlyMap<Emitter, string> {
  const lasting = emitters.filter((emitter) => !(emitter instanceof Socket && emitter.destroyed));
  const describe = (emitter: Emitter): string =>
    emitter
      .eventNames()
      .map((name) => `${String(name)} ${emitter.listenerCount(name)}`)
      .sort()
      .join(', ');
  return new Map(lasting.map((emitter) => [emitter, describe(emitter)]));
}

function heapNow(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

test(`nothing is left of ${ATTEMPTS} whole attempts: no memory, and no listener on what outlives them`, async (t) => {
  t.timeout(3_600_000);
  const servers = serversFromNowOn(t);
  const rig = await startRig();
  t.teardown(rig.end);
  const echo = await startEcho(t);
  const kept: Client[] = [];
  t.teardown(() => {
    for (const { socket } of kept) socket.destroy();
  });
  const sockets = await socketsOf(async () => {
    for (let lane = 0; lane < LANES; lane += 1) {
      const client = await open(rig.port);
      kept.push(client);
      await KINDS.forwardedRequest(rig.port, echo, client);
    }
  });
  // Both ends of each lane, and of the connection to the origin that the lanes have shared so far.
  t.is(sockets.length, 2 * LANES + 2);
  await make(WARM_UP, rig, echo, kept);
  const before = { listeners: listenersOf([process, ...servers, ...sockets]), heap: heapNow() };
  await make(ATTEMPTS, rig, echo, kept);
  const after = { listeners: listenersOf([process, ...servers, ...sockets]), heap: heapNow() };
  const { allowed, denied, failed, refused, unrecorded } = rig.proxy.statistics();
  t.log(`${ATTEMPTS} attempts after ${WARM_UP} on ${availableParallelism()} cores, Node ${process.version}`);
  t.log(`allowed ${allowed}, denied ${denied}, failed ${failed}, refused ${refused}, unrecorded ${unrecorded}`);
  t.log(`heap after collection: ${before.heap} bytes before, ${after.heap} after (${after.heap - before.heap} more)`);
  t.log(`listeners: ${after.listeners.size} emitters of ${before.listeners.size} still open`);
  t.true(after.listeners.size >= 1 + servers.length + 2 * LANES);
  for (const [emitter, listeners] of after.listeners) t.deepEqual([listeners], [before.listeners.get(emitter)]);
  t.true(after.heap - before.heap < ALLOWED, `${after.heap - before.heap} bytes kept`);
  t.is(unrecorded, 0);
  t.deepEqual(rig.logged, []);
});
