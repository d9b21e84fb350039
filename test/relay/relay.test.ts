import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type ServerOpts, type Socket } from 'node:net';
import test from 'ava';
import { pause } from '../fixtures/waiting.js';
import { portableRelay, RELAYED_SOCKET, type RelaySession } from '../../lib/relay/index.js';
import { tunnelClearance } from '../proxy/tokens.js';

interface Rig {
  readonly client: Socket;
  readonly destination: Socket;
  readonly session: RelaySession;
  /** The relay's own two sockets: towards the client, towards the destination. */
  readonly inner: readonly [Socket, Socket];
}

async function pair(options: ServerOpts = { allowHalfOpen: true }): Promise<readonly [Socket, Socket]> {
  const server = createServer(options);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const outer = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const accepted = once(server, 'connection');
  await once(outer, 'connect');
  const [inner] = (await accepted) as [Socket];
  server.close();
  return [outer, inner];
}

async function rig(options: { early?: string; idleMs?: number; endedMs?: number } = {}): Promise<Rig> {
  const [client, towardsClient] = await pair();
  const [destination, towardsDestination] = await pair();
  for (const socket of [client, destination]) socket.on('error', () => undefined);
  const early = Buffer.from(options.early ?? '');
  const session = portableRelay.start(
    tunnelClearance(),
    towardsClient,
    towardsDestination,
    { out: early, in: Buffer.alloc(0) },
    { idleMs: options.idleMs ?? 'never', endedMs: options.endedMs ?? 60_000 },
  );
  return { client, destination, session, inner: [towardsClient, towardsDestination] };
}

/** Everything up to the half-close. Not `for await`, which would destroy the socket there. */
function all(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (bytes) => (text += String(bytes)));
  return new Promise((resolve) => socket.once('end', () => resolve(text)));
}

test('bytes the client sent before the relay began go out first (T8)', async (t) => {
  const { client, destination, session } = await rig({ early: 'first ' });
  client.end('then');
  t.is(await all(destination), 'first then');
  destination.end();
  client.resume();
  const ended = await session.done;
  t.is(ended.bytesOut, 10);
});

test('a half-close is passed on and the other way stays open (T9)', async (t) => {
  const { client, destination, session } = await rig();
  client.end('question');
  t.is(await all(destination), 'question');
  destination.end('answer after the half-close');
  t.is(await all(client), 'answer after the half-close');
  const ended = await session.done;
  t.is(ended.by, 'client');
  t.is(ended.error, 'none');
  t.is(ended.bytesIn, 27);
});

test('a client that says nothing more once the destination has ended is let go, one that still speaks is not', async (t) => {
  const silent = await rig({ endedMs: 100 });
  silent.destination.end('goodbye');
  t.is(await all(silent.client), 'goodbye');
  t.like(await silent.session.done, { by: 'destination', error: 'none', bytesIn: 7 });

  const speaking = await rig({ endedMs: 400 });
  const heard = all(speaking.destination);
  speaking.destination.end();
  speaking.client.resume();
  await once(speaking.client, 'end');
  // More than the limit in all, and never so long without a byte.
  for (let word = 0; word < 12; word++) {
    speaking.client.write('still here ');
    await pause(50);
  }
  speaking.client.end('done');
  t.true((await heard).endsWith('still here done'));
  await speaking.session.done;
});

test('a half-close that came before the relay is passed on, and was the first', async (t) => {
  const [client, towardsClient] = await pair();
  const [destination, towardsDestination] = await pair();
  towardsClient.resume();
  client.end();
  await once(towardsClient, 'end');
  const session = portableRelay.start(
    tunnelClearance(),
    towardsClient,
    towardsDestination,
    { out: Buffer.from('x'), in: Buffer.alloc(0) },
    { idleMs: 'never', endedMs: 60_000 },
  );
  t.is(await all(destination), 'x');
  destination.end();
  client.resume();
  t.is((await session.done).by, 'client');
});

test('a reset from the destination reaches the client as a reset', async (t) => {
  const { client, destination, session } = await rig();
  const error = new Promise<NodeJS.ErrnoException>((resolve) => client.once('error', resolve));
  client.resume();
  destination.resetAndDestroy();
  t.is((await error).code, 'ECONNRESET');
  const ended = await session.done;
  t.is(ended.by, 'destination');
  t.is(ended.error, 'ECONNRESET');
});

test('a reset from the client frees the destination', async (t) => {
  const { client, destination, session } = await rig();
  const gone = new Promise<void>((resolve) => destination.once('close', () => resolve()));
  destination.resume();
  client.resetAndDestroy();
  await gone;
  t.is((await session.done).by, 'client');
});

test('a destination that does not read holds the client back', async (t) => {
  const { client, destination, session, inner } = await rig();
  destination.pause();
  const block = Buffer.alloc(1024 * 1024);
  let wrote = 0;
  while (wrote < 64 && client.write(block)) wrote += 1;
  for (let i = 0; i < 64; i += 1) client.write(block);
  await new Promise((resolve) => setTimeout(resolve, 200));
  t.true(inner[1].writableLength <= 256 * 1024, `holds ${inner[1].writableLength} bytes`);
  t.true(inner[0].readableLength <= 256 * 1024, `holds ${inner[0].readableLength} bytes`);
  session.stop();
  t.is((await session.done).by, 'stopped');
});

test('an idle limit, where one is set, ends a silent passage', async (t) => {
  const { client, destination, session } = await rig({ idleMs: 50 });
  client.resume();
  destination.resume();
  t.is((await session.done).by, 'stopped');
});

test('counts are known while bytes flow', async (t) => {
  const { client, destination, session } = await rig();
  client.write('12345');
  await once(destination, 'data');
  t.is(session.counts().bytesOut, 5);
  destination.write('123');
  await once(client, 'data');
  t.is(session.counts().bytesIn, 3);
  session.stop();
  await session.done;
});

test('a side that is already closed ends the passage at once', async (t) => {
  const [, towardsClient] = await pair();
  const [destination, towardsDestination] = await pair();
  destination.on('error', () => undefined);
  towardsClient.destroy();
  const session = portableRelay.start(
    tunnelClearance(),
    towardsClient,
    towardsDestination,
    { out: Buffer.alloc(0), in: Buffer.alloc(0) },
    { idleMs: 'never', endedMs: 60_000 },
  );
  t.is((await session.done).by, 'client');
  t.true(towardsDestination.destroyed);
});

test('a side that does not read holds the other back after a piece or two, however small they are', async (t) => {
  const [client, towardsClient] = await pair(RELAYED_SOCKET);
  const [destination, towardsDestination] = await pair(RELAYED_SOCKET);
  const nothing = Buffer.alloc(0);
  const early = { out: nothing, in: nothing };
  const limits = { idleMs: 'never', endedMs: 60_000 } as const;
  const session = portableRelay.start(tunnelClearance(), towardsClient, towardsDestination, early, limits);
  destination.pause();
  const send = (bytes: Buffer) => new Promise<void>((resolve) => client.write(bytes, () => setImmediate(resolve)));
  let sent = 0;
  for (const block = Buffer.alloc(65_536); towardsDestination.writableLength === 0; sent += block.length)
    await send(block);
  let pieces = 0;
  const push = towardsClient.push.bind(towardsClient);
  towardsClient.push = (...given) => {
    pieces += 1;
    return push(...given);
  };
  for (let count = 0; count < 500; count += 1) await send(Buffer.from('x'));
  t.true(pieces < 50, `${pieces} pieces are held`);
  client.end();
  const received = all(destination);
  destination.resume();
  t.is((await received).length, sent + 500);
  destination.end();
  client.resume();
  await session.done;
});

test('a session that is stopped says so, also where one side had ended its half before', async (t) => {
  const { client, destination, session } = await rig();
  client.end();
  await all(destination);
  session.stop();
  t.is((await session.done).by, 'stopped');
});
