import test from 'ava';
import { startDnsServer } from '../fixtures/dns-server.js';
import { echoing, resetting, silent, startOrigin, type Serve } from '../fixtures/origin.js';
import { rawClient, tunnelTo } from '../fixtures/raw-client.js';
import { pause, until } from '../fixtures/waiting.js';
import { startRig } from './rig.js';

const HOSTS = { 'a.test': ['127.0.0.1'] };

function connectTo(authority: string): string {
  return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;
}

test('a stop drains what is open, answers new requests with 503 and takes no new connection', async (t) => {
  const origin = await startOrigin(echoing);
  const rig = await startRig({ hosts: HOSTS });
  const open = await tunnelTo(rig.port, `a.test:${origin.port}`);
  const half = await rawClient(rig.port);
  await half.send('CONNECT a.test');
  await pause(50);
  const stopping = rig.proxy.stop(5_000);
  await t.throwsAsync(rawClient(rig.port), { code: 'ECONNREFUSED' });
  await half.send(connectTo(`a.test:${origin.port}`).slice('CONNECT a.test'.length));
  t.regex(await half.readHead(), /^HTTP\/1\.1 503 Egress refused: the proxy is shutting down/);
  await open.send('still');
  t.is(await open.readBytes(5), 'still');
  open.close();
  t.deepEqual(await stopping, { ended: 0, missing: 0 });
  const kinds = (await rig.records()).map(({ kind, verdict }) => JSON.stringify([kind, verdict ?? 'none']));
  t.deepEqual(kinds.sort(), ['["close","allowed"]', '["decision","allowed"]', '["decision","refused"]']);
  await rig.end();
  await origin.close();
});

test('a stop ends what is left when its time is up, and each has its close record', async (t) => {
  const origin = await startOrigin(silent);
  const rig = await startRig({ hosts: HOSTS });
  const clients = await Promise.all(Array.from({ length: 5 }, () => tunnelTo(rig.port, `a.test:${origin.port}`)));
  t.is(rig.proxy.statistics().openTunnels, 5);
  t.deepEqual(await rig.proxy.stop(50), { ended: 5, missing: 0 });
  const closes = (await rig.records()).filter(({ kind }) => kind === 'close');
  t.deepEqual(
    closes.map(({ ended_by }) => ended_by),
    Array.from({ length: 5 }, () => 'shutdown'),
  );
  for (const client of clients) await client.readToEnd();
  await rig.end();
  await origin.close();
});

test('a stop still answers a request that is on its way, also of a client that never spoke before (law 7)', async (t) => {
  const rig = await startRig({ hosts: HOSTS });
  const fresh = await rawClient(rig.port);
  await until(
    () => rig.proxy.statistics().connections.open === 1,
    () => 'not accepted',
  );
  const stopping = rig.proxy.stop(5_000);
  await fresh.send('CONNECT a.test:443 HTTP/1.0\r\n\r\n');
  t.regex(await fresh.readHead(), /^HTTP\/1\.1 503 Egress refused: the proxy is shutting down/);
  await stopping;
  await rig.end();
});

test('an attempt still on its way when the time of a stop is up goes nowhere, is refused and has its end', async (t) => {
  const origin = await startOrigin(echoing);
  const dns = await startDnsServer({ 'slow.test': 'silent' });
  let write = (): void => undefined;
  const held = new Promise<void>((resolve) => (write = resolve));
  const rig = await startRig({
    hosts: HOSTS,
    dnsServers: [dns.address],
    disturb: (journal) => ({
      state: journal.state,
      append: async (entry) => {
        if (entry.content['verdict'] === 'allowed') await held;
        return journal.append(entry);
      },
    }),
  });
  const [looking, writing] = [await rawClient(rig.port), await rawClient(rig.port)];
  await looking.send(connectTo(`slow.test:${origin.port}`));
  await writing.send(connectTo(`a.test:${origin.port}`));
  await until(
    () => dns.queries.length > 0,
    () => 'no query',
  );
  const stopping = rig.proxy.stop(50);
  t.regex(await looking.readHead(), /^HTTP\/1\.1 503 /);
  write();
  t.regex(await writing.readHead(), /^HTTP\/1\.1 503 Egress refused: the proxy is shutting down/);
  t.deepEqual(await stopping, { ended: 2, missing: 0 });
  t.is(origin.arrivals.length, 0);
  const told = (await rig.records()).map(({ kind, verdict, ended_by }) => [kind, verdict ?? ended_by].join(' '));
  t.deepEqual(told.sort(), ['close refused', 'decision allowed', 'decision failed']);
  await rig.end();
  await origin.close();
  await dns.close();
});

test('a stop, or a policy change, ends a download whose client does not read, and records it', async (t) => {
  const endless: Serve = ({ socket }) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\n');
      const more = (): void => {
        while (socket.write(Buffer.alloc(65_536)));
      };
      socket.on('drain', more);
      more();
    });
  };
  for (const cause of ['shutdown', 'policy_change']) {
    const origin = await startOrigin(endless);
    const rig = await startRig({ hosts: HOSTS });
    const client = await rawClient(rig.port);
    await client.send(`GET http://a.test:${origin.port}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.readHead();
    client.hold();
    await pause(50); // the way is full
    if (cause === 'shutdown') t.deepEqual(await rig.proxy.stop(50), { ended: 1, missing: 0 });
    else rig.setPolicy('policy: none\nallow:\n  - {id: x, to: [x.example], protocol: tls}\n');
    await until(
      async () => (await rig.records()).some(({ ended_by }) => ended_by === cause),
      () => `no close record that says ${cause}`,
    );
    client.close();
    await rig.end();
    await origin.close();
  }
});

test('a connection counts until it is closed, however little is left to say on it', async (t) => {
  const rig = await startRig();
  const client = await rawClient(rig.port);
  await client.send('nonsense\r\n\r\n');
  t.regex((await client.readToEnd()).text, /^HTTP\/1\.1 400 /);
  t.is(rig.proxy.statistics().connections.open, 1);
  client.close();
  await until(
    () => rig.proxy.statistics().connections.open === 0,
    () => 'not released',
  );
  await rig.end();
});

test('connections over the limits are answered 503 with the reason, and recorded', async (t) => {
  const rig = await startRig({ options: { connections: { total: 3, perClient: 2 } } });
  const kept = [await rawClient(rig.port), await rawClient(rig.port)];
  await until(
    () => rig.proxy.statistics().connections.open === 2,
    () => 'not accepted',
  );
  const third = await rawClient(rig.port);
  t.regex(await third.readHead(), /^HTTP\/1\.1 503 Egress refused: too many connections are open from this address/);
  await third.readToEnd();
  kept[0]?.close();
  await until(
    () => rig.proxy.statistics().connections.open === 1,
    () => 'not released',
  );
  const next = await rawClient(rig.port);
  await next.send(connectTo('denied.example:1'));
  t.regex(await next.readHead(), /^HTTP\/1\.1 403 /);
  t.is((await rig.records())[0]?.['reason'], 'too_many_from_client');
  await rig.end();
});

test('the total limit is reported as such', async (t) => {
  const rig = await startRig({ options: { connections: { total: 1, perClient: 5 } } });
  await rawClient(rig.port);
  await until(
    () => rig.proxy.statistics().connections.open === 1,
    () => 'not accepted',
  );
  const second = await rawClient(rig.port);
  t.regex(await second.readHead(), /^HTTP\/1\.1 503 Egress refused: too many connections are open \(/);
  await rig.end();
});

test('each way in which a destination can fail has its status, after its record', async (t) => {
  const closed = await startOrigin(silent);
  await closed.close();
  const rig = await startRig({ hosts: HOSTS, times: { dial: 400 } });
  const refused = await rawClient(rig.port);
  await refused.send(connectTo(`a.test:${closed.port}`));
  t.regex(await refused.readHead(), /^HTTP\/1\.1 503 Egress failed: the destination refused the connection/);
  const [decision, close] = await rig.records();
  t.is(decision?.['verdict'], 'allowed');
  t.is(close?.['ended_by'], 'connection_refused');
  t.is(close?.['status'], 503);
  await rig.end();
});

test('a reset by the destination ends the tunnel and is recorded', async (t) => {
  const origin = await startOrigin(resetting);
  const rig = await startRig({ hosts: HOSTS });
  const client = await tunnelTo(rig.port, `a.test:${origin.port}`);
  await client.send('x');
  t.is((await client.readToEnd()).ending, 'reset');
  await until(
    async () => (await rig.records()).some(({ ended_by }) => ended_by === 'destination'),
    () => 'no close record',
  );
  await rig.end();
  await origin.close();
});

test('a head that does not arrive in time is a 408, and silence is not a request', async (t) => {
  const rig = await startRig({ times: { head: 150, idle: 150 } });
  const slow = await rawClient(rig.port);
  await slow.send('CONNECT a.te');
  t.regex(await slow.readHead(), /^HTTP\/1\.1 408 Egress refused: the request did not arrive in time/);
  const quiet = await rawClient(rig.port);
  t.deepEqual(await quiet.readToEnd(), { text: '', ending: 'ended' });
  t.is((await rig.records()).length, 1);
  await rig.end();
});

test('a long tunnel leaves progress records', async (t) => {
  const origin = await startOrigin(echoing);
  const rig = await startRig({ hosts: HOSTS, times: { progress: 40 } });
  const client = await tunnelTo(rig.port, `a.test:${origin.port}`);
  await client.send('12345');
  await until(
    async () => (await rig.records()).some(({ kind, bytes_out }) => kind === 'progress' && bytes_out === 5),
    () => 'no progress record',
  );
  t.is(rig.proxy.statistics().openTunnels, 1);
  client.close();
  await rig.end();
  await origin.close();
});

test('requests that came together and need nothing that is waited for leave others their turn', async (t) => {
  const names = (): Set<string> => new Set();
  const users = { verify: () => Promise.resolve('rejected' as const), hashUserName: () => 'hash', names };
  const rig = await startRig({
    hosts: HOSTS,
    options: { authentication: { kind: 'always', neverChallenge: [], users } },
  });
  const client = await rawClient(rig.port);
  const requests = 1_000;
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns += 1;
    if (counting) setImmediate(count);
  };
  await client.send('GET http://a.test/ HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(requests));
  count();
  for (let answers = 0; answers < requests; answers += 1)
    t.regex((await client.readMessage()).head, /^HTTP\/1\.1 407 /);
  counting = false;
  // One for each, but for those that were read one by one.
  t.true(turns > requests / 2, `${turns} turns`);
  client.close();
  await rig.end();
});
