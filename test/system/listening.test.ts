import { createServer } from 'node:net';
import test from 'ava';
import { boundAddress, listening } from '../../lib/system/listening.js';
import { makeFolder } from '../fixtures/folder.js';

test('a server listens, and its real port is given', async (t) => {
  const server = createServer();
  t.teardown(() => server.close());
  await listening(server, { host: '127.0.0.1', port: 0 });
  const { host, port } = boundAddress(server);
  t.is(host, '127.0.0.1');
  t.true(port > 0);
  await t.throwsAsync(listening(createServer(), { host, port }), { code: 'EADDRINUSE' });
  t.is(server.listenerCount('error'), 0);
});

test('a server on a path has no TCP address', async (t) => {
  const folder = await makeFolder();
  const server = createServer();
  t.teardown(async () => {
    server.close();
    await folder.remove();
  });
  await listening(server, { path: `${folder.path}/socket` });
  t.throws(() => boundAddress(server), { message: /no TCP address/ });
});
