import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { GonePeers } from '../../../lib/proxy/gone-peers/gone-peers.js';
import { until } from '../../fixtures/waiting.js';

const LOOK_MS = 20;

/** A connection on loopback: the peer's socket, and the other end. */
async function pair(t: ExecutionContext, host: string): Promise<{ peer: Socket; watched: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const peer = connect({ port, host, allowHalfOpen: true });
  const accepted = once(server, 'connection');
  await once(peer, 'connect');
  const [watched] = (await accepted) as [Socket];
  server.close();
  for (const socket of [peer, watched]) socket.on('error', () => undefined);
  t.teardown(() => [peer, watched].forEach((socket) => socket.destroy()));
  return { peer, watched };
}

/** A connection whose one end is watched, and beside it one that stays. */
async function watchedPair(
  t: ExecutionContext,
  host = '127.0.0.1',
): Promise<{ peer: Socket; watched: Socket; gonePeers: GonePeers }> {
  const gonePeers = new GonePeers(LOOK_MS);
  const made = await pair(t, host);
  for (const { watched } of [made, await pair(t, host)]) gonePeers.watch('client', watched);
  gonePeers.start();
  t.teardown(() => gonePeers.stop());
  return { ...made, gonePeers };
}

function closed(socket: Socket): Promise<void> {
  return until(
    () => socket.destroyed,
    () => 'the peer has gone, and its socket is still open',
  );
}

/** Lets the peer end its half, and the socket read to that end. */
async function endHalf(peer: Socket, watched: Socket): Promise<void> {
  watched.resume();
  peer.end();
  await once(watched, 'end');
}

/** Lets the peer go without a word, and waits until that is found. */
async function goes(peer: Socket, watched: Socket): Promise<void> {
  peer.resetAndDestroy();
  await closed(watched);
}

/** Lets a socket stop to read, with more bytes on their way than it takes. */
async function holdBack(peer: Socket, watched: Socket): Promise<void> {
  watched.once('data', () => watched.pause());
  peer.write(Buffer.alloc(8 * 1024 * 1024));
  await until(
    () => watched.isPaused() && watched.readableLength >= watched.readableHighWaterMark,
    () => 'the socket still reads',
  );
}

test('a peer that has ended its half and then gone is found, though its socket is not read any more', async (t) => {
  const { peer, watched, gonePeers } = await watchedPair(t);
  await endHalf(peer, watched);
  await goes(peer, watched);
  await until(
    () => gonePeers.found.client === 1,
    () => 'not counted',
  );
  t.deepEqual(gonePeers.found, { client: 1, destination: 0 });
});

test('a peer that ends or breaks off its connection in order is not counted as gone', async (t) => {
  for (const leave of [(peer: Socket) => peer.end(), (peer: Socket) => peer.resetAndDestroy()]) {
    const { peer, watched, gonePeers } = await watchedPair(t);
    watched.resume();
    watched.once('end', () => watched.end());
    peer.resume();
    leave(peer);
    await closed(watched);
    t.is(gonePeers.found.client, 0);
  }
});

test('a peer that has gone while its socket is held back is found', async (t) => {
  const { peer, watched } = await watchedPair(t);
  await holdBack(peer, watched);
  await goes(peer, watched);
  t.pass();
});

for (const host of ['127.0.0.1', '::1']) {
  const titled = process.platform === 'linux' ? test : test.skip;
  titled(`a peer that has gone is found too where nothing can be written to it (${host})`, async (t) => {
    const { peer, watched } = await watchedPair(t, host);
    await holdBack(peer, watched);
    watched.end();
    peer.resume();
    await once(peer, 'end');
    await goes(peer, watched);
    t.pass();
  });

  titled(`a peer that has gone is found too where an idle time-out runs (${host})`, async (t) => {
    const { peer, watched } = await watchedPair(t, host);
    watched.setTimeout(60_000);
    await endHalf(peer, watched);
    await goes(peer, watched);
    t.pass();
  });
}

test('a peer that is there is left alone: half-closed, held back, or both and with nothing to be written to it', async (t) => {
  const halfClosed = await watchedPair(t);
  await endHalf(halfClosed.peer, halfClosed.watched);
  const heldBack = await watchedPair(t);
  await holdBack(heldBack.peer, heldBack.watched);
  const both = await watchedPair(t);
  await holdBack(both.peer, both.watched);
  both.watched.end();
  // A peer that goes after them is found last: every look has passed over the others by then.
  for (let each = 0; each < 3; each++) {
    const { peer, watched } = await watchedPair(t);
    await holdBack(peer, watched);
    watched.end();
    await goes(peer, watched);
  }
  for (const { watched } of [halfClosed, heldBack, both]) t.false(watched.destroyed);
  halfClosed.peer.resume();
  halfClosed.watched.end('the answer');
  const [answer] = (await once(halfClosed.peer, 'data')) as [Buffer];
  t.is(String(answer), 'the answer');
});

test('a look at a socket that waits for its time-out does not put it off', async (t) => {
  const { peer, watched } = await watchedPair(t);
  await endHalf(peer, watched);
  // Shorter than all looks together; each would start it again.
  watched.setTimeout(10 * LOOK_MS);
  await once(watched, 'timeout');
  t.pass();
});
