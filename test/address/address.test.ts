import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import test from 'ava';
import { addressFromSocket, parseAddress } from '../../lib/address/index.js';

test('an IPv4 and an IPv6 address differ by the colon', (t) => {
  t.like(parseAddress('10.0.0.1'), { kind: 'parsed', value: { family: 4 } });
  t.like(parseAddress('::10.0.0.1'), { kind: 'parsed', value: { family: 6 } });
  t.like(parseAddress('example.com'), { kind: 'malformed', rule: 'A4' });
  t.like(parseAddress('[::1]'), { kind: 'malformed', rule: 'A5' });
});

test("A5: the kernel's mapped form of a peer is the IPv4 it came from, and only there", (t) => {
  t.like(addressFromSocket('::ffff:10.0.0.1'), { family: 4, text: '10.0.0.1', value: 0x0a000001 });
  t.like(addressFromSocket('::ffff:a00:1'), { family: 4, text: '10.0.0.1' });
  t.like(parseAddress('::ffff:10.0.0.1'), { kind: 'parsed', value: { family: 6, text: '::ffff:a00:1' } });
  t.like(addressFromSocket('::10.0.0.1'), { family: 6 });
  t.like(addressFromSocket('64:ff9b::10.0.0.1'), { family: 6 });
});

test('a link-local peer is known without its zone', (t) => {
  t.like(addressFromSocket('fe80::1%eth0'), { family: 6, text: 'fe80::1' });
});

test('a text that no socket gives is a bug, and thrown', (t) => {
  for (const text of ['', 'localhost', '10.0.0.1:80', '[::1]', '127.1']) {
    t.throws(() => addressFromSocket(text), { message: /^not the address of a socket/ }, text);
  }
});

test('a real peer of a dual-stack listener is known by its IPv4 address', async (t) => {
  const server = createServer().listen(0, '::');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [peer] = await accepted;
  t.is(addressFromSocket(peer.remoteAddress ?? '').text, '127.0.0.1');
  client.destroy();
  peer.destroy();
  server.close();
});
