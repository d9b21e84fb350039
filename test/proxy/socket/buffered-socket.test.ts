import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import test from 'ava';
import { BufferedSocket } from '../../../lib/proxy/socket/buffered-socket.js';
import { OneShot } from '../../../lib/proxy/socket/one-shot.js';

async function pair(): Promise<{ readonly peer: Socket; readonly connection: BufferedSocket }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const peer = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  peer.on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  server.close();
  return { peer, connection: new BufferedSocket(socket) };
}

const LONG = 10_000;

test('bytes that were not asked for are held, and given to the next reader', async (t) => {
  const { peer, connection } = await pair();
  peer.write('ab');
  t.is((await connection.waitForMore(LONG)).kind, 'bytes');
  peer.write('cd');
  t.is((await connection.waitForMore(LONG)).kind, 'bytes');
  t.is(String(connection.held), 'abcd');
  connection.consume(1);
  t.is(String(connection.take()), 'bcd');
  connection.unread(Buffer.from('x'));
  t.is(String(connection.held), 'x');
  peer.destroy();
});

test('a cancellation ends a wait that is under way, and one that begins later', async (t) => {
  const { peer, connection } = await pair();
  const cancellation = new OneShot();
  const waiting = connection.waitForMore(LONG, cancellation);
  cancellation.fire();
  t.is((await waiting).kind, 'gone');
  t.is((await connection.waitForMore(LONG, cancellation)).kind, 'gone');
  t.false(connection.gone);
  peer.destroy();
});

test('a wait leaves no listener on its cancellation', async (t) => {
  const { peer, connection } = await pair();
  const cancellation = new OneShot();
  peer.write('x');
  t.is((await connection.waitForMore(LONG, cancellation)).kind, 'bytes');
  const later = connection.waitForMore(LONG);
  cancellation.fire();
  peer.write('y');
  t.is((await later).kind, 'bytes');
  peer.destroy();
});

test('waiting ends with the peer: half-closed, gone, or silent for too long', async (t) => {
  const silent = await pair();
  t.is((await silent.connection.waitForMore(20)).kind, 'late');
  silent.peer.end();
  t.is((await silent.connection.waitForMore(LONG)).kind, 'ended');
  const reset = await pair();
  const waiting = reset.connection.waitForMore(LONG);
  reset.peer.resetAndDestroy();
  t.is((await waiting).kind, 'gone');
  t.is((await reset.connection.waitForMore(LONG)).kind, 'gone');
  silent.peer.destroy();
});

test('a peer that sends without being asked is held back', async (t) => {
  const { peer, connection } = await pair();
  for (let i = 0; i < 64; i += 1) peer.write(Buffer.alloc(256 * 1024));
  await new Promise((resolve) => setTimeout(resolve, 200));
  t.true(connection.held.length <= 192 * 1024, `holds ${connection.held.length} bytes`);
  t.true(peer.writableLength > 0);
  peer.destroy();
});

test('sending waits for a slow peer, and gives up on one that takes nothing', async (t) => {
  const { peer, connection } = await pair();
  peer.pause();
  const block = Buffer.alloc(1024 * 1024);
  let sent = await connection.send([block], 100);
  for (let i = 0; i < 64 && sent.kind === 'sent'; i += 1) sent = await connection.send([block], 100);
  t.is(sent.kind, 'stalled');
  peer.destroy();
});

test('parts that the kernel takes at once, though together more than the buffer holds, are sent', async (t) => {
  const { peer, connection } = await pair();
  const parts = [Buffer.alloc(connection.socket.writableHighWaterMark), Buffer.from('\r\n')];
  peer.resume();
  for (let round = 0; round < 5; round += 1) t.is((await connection.send(parts, LONG)).kind, 'sent');
  peer.destroy();
});

test('sending to a peer that is gone says so', async (t) => {
  const { peer, connection } = await pair();
  peer.resetAndDestroy();
  await connection.waitForMore(LONG);
  t.is((await connection.send([Buffer.from('x')], LONG)).kind, 'gone');
});

test('a polite close lets the answer arrive although the peer is still sending', async (t) => {
  const { peer, connection } = await pair();
  let got = '';
  peer.on('data', (bytes) => (got += String(bytes)));
  for (let i = 0; i < 8; i += 1) peer.write(Buffer.alloc(64 * 1024));
  await connection.waitForMore(LONG);
  await connection.send([Buffer.from('HTTP/1.1 403 no\r\n\r\n')], LONG);
  connection.close();
  await once(peer, 'end');
  t.is(got, 'HTTP/1.1 403 no\r\n\r\n');
  peer.end();
});

test('a broken close reaches the peer as a reset', async (t) => {
  const { peer, connection } = await pair();
  const failed = new Promise<NodeJS.ErrnoException>((resolve) => peer.once('error', resolve));
  peer.resume();
  connection.reset();
  t.is((await failed).code, 'ECONNRESET');
});

test('the end of the input is reported once, also to a listener that comes later', async (t) => {
  const { peer, connection } = await pair();
  const reported = new Promise<void>((resolve) => connection.inputEnd.add(resolve));
  peer.resetAndDestroy();
  await reported;
  await new Promise<void>((resolve) => connection.inputEnd.add(resolve));
  t.true(connection.gone);
});
