import test from 'ava';
import { answering, ok, startOrigin, type Serve } from '../../fixtures/origin.js';
import { rawClient } from '../../fixtures/raw-client.js';
import { until } from '../../fixtures/waiting.js';
import { startRig } from '../rig.js';

/** Answers one request, and breaks the connection off at the second. */
const onlyOnce: Serve = ({ socket }) => {
  socket.once('data', () => {
    socket.write(ok('first'));
    socket.once('data', () => socket.resetAndDestroy());
  });
};

test('a redial that reaches another address is recorded, and kept, as that address (law 3)', async (t) => {
  const one = await startOrigin(onlyOnce, { host: '127.0.0.1' });
  const two = await startOrigin(answering(ok('other')), { host: '127.0.0.2', port: one.port });
  const rig = await startRig({ hosts: { 'a.test': ['127.0.0.1', '127.0.0.2'] } });
  const client = await rawClient(rig.port);
  const ask = async (): Promise<string> => {
    await client.send(`GET http://a.test:${one.port}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
    return (await client.readMessage()).body;
  };
  t.is(await ask(), 'first');
  const [waiting] = one.arrivals;
  // No new connection reaches the first address; the one that waits is still open.
  const closing = new Promise<void>((resolve) => {
    waiting?.socket.once('close', () => resolve());
  });
  one.stopListening();
  t.is(await ask(), 'other');
  await closing;
  t.is(await ask(), 'other');
  await until(
    async () => (await rig.records()).filter(({ kind }) => kind === 'close').length === 3,
    () => 'no close record',
  );
  const dialled = (await rig.records()).filter(({ kind }) => kind === 'close').map((record) => record['dialled']);
  t.deepEqual(dialled, [
    { ip: '127.0.0.1', port: one.port, reused: false },
    { ip: '127.0.0.2', port: one.port, reused: false },
    { ip: '127.0.0.2', port: one.port, reused: true },
  ]);
  await rig.end();
  await one.close();
  await two.close();
});

test('an origin that ends a waiting connection is let go at once', async (t) => {
  const origin = await startOrigin(answering(ok('x')));
  const rig = await startRig({ hosts: { 'a.test': ['127.0.0.1'] } });
  const client = await rawClient(rig.port);
  await client.send(`GET http://a.test:${origin.port}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
  await client.readMessage();
  const arrival = await origin.arrival(0);
  arrival.socket.end();
  await until(
    () => arrival.state() === 'closed',
    () => `the connection is ${arrival.state()}`,
  );
  t.pass();
  await rig.end();
  await origin.close();
});
