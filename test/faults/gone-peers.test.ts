import test, { type ExecutionContext } from 'ava';
import { startOrigin, silent, type Origin } from '../fixtures/origin.js';
import { rawClient, tunnelTo, type RawClient } from '../fixtures/raw-client.js';
import { until } from '../fixtures/waiting.js';
import { closeOf } from '../proxy/tunnel-rig.js';
import { startRig, type Rig } from '../proxy/rig.js';

const linux = process.platform === 'linux' ? test : test.skip;
const MANY = Buffer.alloc(32 * 1024 * 1024, 'x');

async function startSilent(t: ExecutionContext): Promise<{ rig: Rig; origin: Origin }> {
  const origin = await startOrigin(silent);
  const rig = await startRig({ hosts: { 'a.test': ['127.0.0.1'] }, options: { goneLookMs: 20 } });
  t.teardown(async () => {
    await rig.end();
    await origin.close();
  });
  return { rig, origin };
}

/** Ends a client's half, and goes once tidegate has read that. */
async function leave(client: RawClient, origin: Origin, index: number): Promise<void> {
  client.halfClose();
  const arrival = await origin.arrival(index);
  await until(
    () => arrival.state() === 'half_closed',
    () => 'the end of the client has not been passed on',
  );
  client.reset();
}

function noneOpen(rig: Rig): Promise<void> {
  return until(
    () => rig.proxy.statistics().connections.open === 0,
    () => `${rig.proxy.statistics().connections.open} connections are open`,
  );
}

test('clients that end their half and go leave no tunnel open, though their destination stays silent', async (t) => {
  const { rig, origin } = await startSilent(t);
  for (let index = 0; index < 5; index++) {
    const client = await tunnelTo(rig.port, `a.test:${origin.port}`);
    await client.send('question');
    await leave(client, origin, index);
  }
  await noneOpen(rig);
  t.like(await closeOf(rig), { ended_by: 'client', detail: 'EPIPE after its end', bytes_out: 8 });
});

test('a client that has ended its half and is there keeps its tunnel while others go, and gets its answer', async (t) => {
  const { rig, origin } = await startSilent(t);
  const living = await tunnelTo(rig.port, `a.test:${origin.port}`);
  living.halfClose();
  const idle = await tunnelTo(rig.port, `a.test:${origin.port}`);
  for (let index = 2; index < 5; index++) {
    await leave(await tunnelTo(rig.port, `a.test:${origin.port}`), origin, index);
    await closeOf(rig, index - 2);
  }
  t.is(rig.proxy.statistics().openTunnels, 2);
  origin.arrivals[0]?.socket.end('the answer');
  t.deepEqual(await living.readToEnd(), { text: 'the answer', ending: 'ended' });
  origin.arrivals[1]?.socket.write('still');
  t.is(await idle.readBytes(5), 'still');
  idle.close();
});

test('a client that goes while its destination does not read is found', async (t) => {
  const { rig, origin } = await startSilent(t);
  const client = await tunnelTo(rig.port, `a.test:${origin.port}`);
  const { socket } = await origin.arrival(0);
  socket.pause();
  client.socket.write(MANY);
  await until(
    () => client.socket.writableNeedDrain && socket.readableLength >= socket.readableHighWaterMark,
    () => 'the destination still reads',
  );
  client.reset();
  t.like(await closeOf(rig), { ended_by: 'client' });
});

test('a destination that ends its half and goes is found while its client sends nothing', async (t) => {
  const { rig, origin } = await startSilent(t);
  const client = await tunnelTo(rig.port, `a.test:${origin.port}`);
  const { socket } = await origin.arrival(0);
  socket.end();
  t.deepEqual((await client.readToEnd()).ending, 'ended');
  socket.resetAndDestroy();
  t.like(await closeOf(rig), { ended_by: 'destination', detail: 'EPIPE after its end' });
});

linux('a client that goes is found while its destination has ended its half and takes no more', async (t) => {
  const { rig, origin } = await startSilent(t);
  // Of another client, so that tidegate knows that it finds its sockets in the system's table.
  await tunnelTo(rig.port, `a.test:${origin.port}`);
  const client = await tunnelTo(rig.port, `a.test:${origin.port}`);
  const { socket } = await origin.arrival(1);
  socket.pause();
  client.socket.write(MANY);
  await until(
    () => client.socket.writableNeedDrain,
    () => 'the destination still reads',
  );
  socket.end();
  t.is((await client.readToEnd()).ending, 'ended');
  client.reset();
  await closeOf(rig);
  t.is(rig.proxy.statistics().openTunnels, 1);
});

test('a client that goes before a request is whole, or while its plain request is answered, is found', async (t) => {
  const { rig, origin } = await startSilent(t);
  const early = await rawClient(rig.port);
  await early.send('CONNECT a.te');
  early.reset();
  const plain = await rawClient(rig.port);
  await plain.send(`GET http://a.test:${origin.port}/ HTTP/1.1\r\nHost: a.test:${origin.port}\r\n\r\n`);
  await origin.arrival(0);
  plain.reset();
  await noneOpen(rig);
  t.pass();
});
