import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { resetSocket, ifOrderlyEnd } from '../../lib/relay/index.js';

/** Two ends of one connection, both half-open. */
async function pair(t: ExecutionContext): Promise<readonly [Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const near = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  const [far] = (await once(server, 'connection')) as [Socket];
  server.close();
  t.teardown(() => {
    near.destroy();
    far.destroy();
  });
  return [near, far];
}

test('the end of a peer that means it is recognised, and nothing is sent for the question', async (t) => {
  const [near, far] = await pair(t);
  far.end();
  near.resume();
  await once(near, 'end');
  await new Promise<void>((resolve) => ifOrderlyEnd(near, resolve));
  near.end('all that is sent');
  const received: Buffer[] = [];
  far.on('data', (bytes: Buffer) => received.push(bytes));
  await once(far, 'end');
  t.is(Buffer.concat(received).toString(), 'all that is sent');
});

test('a socket that is just ending is closed all the same', async (t) => {
  const [near, far] = await pair(t);
  far.resume();
  near.resume();
  near.end();
  resetSocket(near);
  await once(near, 'close');
  t.true(near.destroyed);
});

test('a socket that is broken off resets its peer', async (t) => {
  const [near, far] = await pair(t);
  resetSocket(near);
  const [error] = (await once(far, 'error')) as [NodeJS.ErrnoException];
  t.is(error.code, 'ECONNRESET');
});
