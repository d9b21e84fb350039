import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import test from 'ava';
import { BufferedSocket } from '../../../lib/proxy/socket/buffered-socket.js';

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

test('bytes that nobody asked for are held, and given to whoever asks', async (t) => {
  const { peer, connection } = await pair();
  peer.write('ab');
  t.is(await connection.more(LONG), 'bytes');
  peer.write('cd');
  t.is(await connection.more(LONG), 'bytes');
  t.is(String(connection.held), 'abcd');
  connection.drop(1);
  t.is(String(connection.take()), 'bcd');
  connection.putBack(Buffer.from('x'));
  t.is(String(connection.held), 'x');
  peer.destroy();
});

test('once nothing is wanted any more, nobody waits, whether he waited already or comes later', async (t) => {
  const before = await pair();
  const waiting = before.connection.more(LONG);
  before.connection.stopWaiting();
  t.is(await waiting, 'gone');
  const later = await pair();
  later.connection.stopWaiting();
  t.is(await later.connection.more(LONG), 'gone');
  for (const { peer } of [before, later]) peer.destroy();
});

test('waiting ends with the peer: half-closed, gone, or silent for too long', async (t) => {
  const silent = await pair();
  t.is(await silent.connection.more(20), 'late');
  silent.peer.end();
  t.is(await silent.connection.more(LONG), 'ended');
  const reset = await pair();
  const waiting = reset.connection.more(LONG);
  reset.peer.resetAndDestroy();
  t.is(await waiting, 'gone');
  t.is(await reset.connection.more(LONG), 'gone');
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
  for (let i = 0; i < 64 && sent === 'sent'; i += 1) sent = await connection.send([block], 100);
  t.is(sent, 'stalled');
  peer.destroy();
});

test('sending to a peer that is gone says so', async (t) => {
  const { peer, connection } = await pair();
  peer.resetAndDestroy();
  await connection.more(LONG);
  t.is(await connection.send([Buffer.from('x')], LONG), 'gone');
});

test('a polite close lets the answer arrive although the peer is still sending', async (t) => {
  const { peer, connection } = await pair();
  let got = '';
  peer.on('data', (bytes) => (got += String(bytes)));
  for (let i = 0; i < 8; i += 1) peer.write(Buffer.alloc(64 * 1024));
  await connection.more(LONG);
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
  connection.break();
  t.is((await failed).code, 'ECONNRESET');
});

test('who waits for the peer to go is told once, also if it is gone already', async (t) => {
  const { peer, connection } = await pair();
  const told = new Promise<void>((resolve) => connection.whenGone(resolve));
  peer.resetAndDestroy();
  await told;
  await new Promise<void>((resolve) => connection.whenGone(resolve));
  t.true(connection.gone);
});
