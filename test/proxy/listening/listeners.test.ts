import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import test from 'ava';
import { createProxy } from '../../../lib/proxy/index.js';
import { freePort } from '../../fixtures/free-port.js';
import { rawClient } from '../../fixtures/raw-client.js';
import { until } from '../../fixtures/waiting.js';
import { startRig } from '../rig.js';

const ANYWHERE = `
policy: careless
allow:
  - id: everything
    to: [0.0.0.0/0, "::/0"]
    protocol: any
    ports: [1-65535]
  - id: names
    to: ["*.test"]
    resolves-to: [0.0.0.0/0, "::/0"]
    protocol: any
    ports: [1-65535]
`;

for (const [form, host] of [
  ['its address', '127.0.0.1'],
  ['a name for it', 'self.test'],
  ['its IPv4-mapped form', '[::ffff:127.0.0.1]'],
  ['the unspecified address', '0.0.0.0'],
  ['the unspecified IPv6 address', '[::]'],
] as const) {
  test(`the proxy does not connect to itself by ${form} (A14)`, async (t) => {
    const rig = await startRig({ policy: ANYWHERE, hosts: { 'self.test': ['127.0.0.1'] } });
    const client = await rawClient(rig.port);
    await client.send(`CONNECT ${host}:${rig.port} HTTP/1.1\r\nHost: x\r\n\r\n`);
    t.regex(await client.readHead(), /^HTTP\/1\.1 403 Egress denied: the proxy does not connect to itself/);
    await rig.end();
  });
}

test('a listener on all interfaces is not reachable by any address of this machine (A14)', async (t) => {
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
  const rig = await startRig({ policy: ANYWHERE, options: { listen: [{ host: '0.0.0.0', port: 0 }] } });
  for (const address of ['127.0.0.1', '127.9.9.9', ...own.filter((text) => !text.includes(':'))]) {
    const client = await rawClient(rig.port);
    await client.send(`CONNECT ${address}:${rig.port} HTTP/1.1\r\nHost: x\r\n\r\n`);
    t.regex(await client.readHead(), /^HTTP\/1\.1 403 Egress denied: the proxy does not connect to itself/, address);
  }
  await rig.end();
});

test('a port in use is said, and no listener is left open', async (t) => {
  const taken = createServer();
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const rig = await startRig();
  const free = createServer();
  free.listen(0, '127.0.0.1');
  await once(free, 'listening');
  const other = (free.address() as AddressInfo).port;
  free.close();
  await once(free, 'close');
  const problem = await createProxy({
    ...rig.options,
    listen: [
      { host: '127.0.0.1', port: other },
      { host: '127.0.0.1', port },
    ],
  });
  t.like(problem, { kind: 'listen_problem', code: 'EADDRINUSE', address: { port } });
  await t.throwsAsync(rawClient(other), { code: 'ECONNREFUSED' });
  taken.close();
  await rig.end();
});

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  (list ?? []).some(({ address }) => address === '::1'),
);
const withIpv6 = hasIpv6 ? test : test.skip;

for (const order of ['IPv4 first', 'IPv6 first'] as const) {
  withIpv6(`every IPv4 and every IPv6 address are listened on at the same port, ${order}`, async (t) => {
    const port = await freePort();
    const both = [
      { host: '0.0.0.0', port },
      { host: '::', port },
    ];
    const rig = await startRig({ options: { listen: order === 'IPv4 first' ? both : both.reverse() } });
    for (const host of ['127.0.0.1', '::1']) {
      const client = await rawClient(port, host);
      await client.send('CONNECT denied.example:443 HTTP/1.1\r\nHost: x\r\n\r\n');
      t.regex(await client.readHead(), /^HTTP\/1\.1 403 /);
      client.close();
    }
    const clients = (await rig.records()).map(({ client }) => (client as { readonly ip: string }).ip);
    t.deepEqual(clients, ['127.0.0.1', '::1']);
    await rig.end();
  });
}

withIpv6('every IPv6 address alone is also listened on for IPv4, and such a client counts as the same', async (t) => {
  const rig = await startRig({
    options: { listen: [{ host: '::', port: 0 }], connections: { total: 10, perClient: 1 } },
  });
  const first = await rawClient(rig.port, '127.0.0.1');
  await until(
    () => rig.proxy.statistics().connections.open === 1,
    () => 'not accepted',
  );
  const second = await rawClient(rig.port, '127.0.0.1');
  t.regex(await second.readHead(), /^HTTP\/1\.1 503 /);
  t.is(rig.proxy.statistics().connections.reached[0]?.client, '127.0.0.1');
  first.close();
  await rig.end();
});
