import test from 'ava';
import type { Entry, NotWritten, Receipt } from '../../lib/journal/index.js';
import type { Recorder } from '../../lib/proxy/index.js';
import { startDnsServer } from '../fixtures/dns-server.js';
import { answering, echoing, ok, startOrigin } from '../fixtures/origin.js';
import { rawClient, tunnelTo } from '../fixtures/raw-client.js';
import { pause, until } from '../fixtures/waiting.js';
import { startRig } from './rig.js';

const LOCAL = { 'a.test': ['127.0.0.1'] };

/** A journal that writes nothing and says why. */
function broken(reason: NotWritten['reason'], state: 'writing' | 'failed' | 'full'): () => Recorder {
  const detail = `injected: ${reason}`;
  return () => ({
    append: () => Promise.resolve({ kind: 'not_written', reason, detail }),
    state: () =>
      state === 'writing'
        ? {
            kind: 'writing',
            seq: 0,
            segment: '',
            bytes: 0,
            rotation: { kind: 'working' },
            maintenance: { kind: 'working' },
            removalHold: 'none',
          }
        : { kind: state, seq: 0, detail },
  });
}

test('a denied name is never looked up', async (t) => {
  const dns = await startDnsServer({ '*': [{ type: 'A', value: '127.0.0.1' }] });
  const rig = await startRig({ dnsServers: [dns.address] });
  const client = await rawClient(rig.port);
  await client.send('CONNECT secret.attacker.example:443 HTTP/1.1\r\nHost: secret.attacker.example:443\r\n\r\n');
  t.regex(
    await client.readHead(),
    /^HTTP\/1\.1 403 Egress denied: no rule allows this destination \(attempt [0-9A-HJKMNP-TV-Z]{16}\)\r\n/,
  );
  const plain = await rawClient(rig.port);
  await plain.send('GET http://secret.attacker.example/ HTTP/1.1\r\nHost: secret.attacker.example\r\n\r\n');
  t.regex(await plain.readHead(), /^HTTP\/1\.1 403 /);
  t.deepEqual(dns.queries, []);
  const allowed = await rawClient(rig.port);
  await allowed.send('CONNECT b.test:9 HTTP/1.1\r\nHost: b.test:9\r\n\r\n');
  await allowed.readHead();
  t.true(dns.queries.includes('b.test A'), 'the fixture does count queries');
  await rig.end();
  await dns.close();
});

test('no byte leaves before the decision is on disk', async (t) => {
  const origin = await startOrigin(echoing);
  let release: () => void = () => undefined;
  const written: Entry[] = [];
  const rig = await startRig({
    hosts: LOCAL,
    disturb: (journal) => ({
      state: journal.state,
      append: async (entry): Promise<Receipt | NotWritten> => {
        await new Promise<void>((resolve) => (release = resolve));
        const receipt = await journal.append(entry);
        written.push(entry);
        return receipt;
      },
    }),
  });
  const client = await rawClient(rig.port);
  await client.send(`CONNECT a.test:${origin.port} HTTP/1.1\r\nHost: a.test\r\n\r\nearly`);
  await pause(150);
  t.is(origin.arrivals.length, 0);
  t.is(client.pending(), '');
  release();
  const arrival = await origin.arrival(0);
  t.is(written[0]?.kind, 'decision');
  t.is((await rig.records())[0]?.['verdict'], 'allowed');
  t.regex(await client.readHead(), /^HTTP\/1\.1 200 /);
  t.is(await client.readBytes(5), 'early');
  t.is(arrival.received(), 'early');
  client.close();
  await pause(50);
  release();
  await rig.end();
  await origin.close();
});

for (const [reason, state] of [
  ['full', 'writing'],
  ['failed', 'writing'],
  ['failed', 'failed'],
  ['full', 'full'],
] as const) {
  test(`a journal that cannot write (${reason}, found ${state}) lets nothing out and answers 503`, async (t) => {
    const origin = await startOrigin(answering(ok()));
    const dns = await startDnsServer({ 'a.test': [{ type: 'A', value: '127.0.0.1' }] });
    const rig = await startRig({ dnsServers: [dns.address], disturb: broken(reason, state) });
    for (const request of [
      `CONNECT a.test:${origin.port} HTTP/1.1\r\nHost: a.test\r\n\r\n`,
      `GET http://a.test:${origin.port}/ HTTP/1.1\r\nHost: a.test\r\n\r\n`,
      `CONNECT denied.example:443 HTTP/1.1\r\nHost: a\r\n\r\n`,
    ]) {
      const client = await rawClient(rig.port);
      await client.send(request);
      t.regex(
        await client.readHead(),
        /^HTTP\/1\.1 503 Egress refused: the audit journal cannot be written \(attempt /,
      );
    }
    t.is(origin.arrivals.length, 0);
    if (state !== 'writing') t.deepEqual(dns.queries, [], 'not even a query leaves');
    t.is(rig.proxy.statistics().unrecorded, 3);
    await rig.end();
    await origin.close();
    await dns.close();
  });
}

test('a journal that never answers is a 503 in time, and its late decision is closed', async (t) => {
  const origin = await startOrigin(echoing);
  let stuck: (() => void) | undefined;
  const rig = await startRig({
    hosts: LOCAL,
    times: { answer: 300 },
    disturb: (journal) => ({
      state: journal.state,
      append: async (entry) => {
        if (stuck === undefined) await new Promise<void>((resolve) => (stuck = resolve));
        return await journal.append(entry);
      },
    }),
  });
  const client = await rawClient(rig.port);
  await client.send(`CONNECT a.test:${origin.port} HTTP/1.1\r\nHost: a\r\n\r\n`);
  t.regex(await client.readHead(), /^HTTP\/1\.1 503 Egress refused: the audit journal cannot be written/);
  t.is(origin.arrivals.length, 0);
  stuck?.();
  await until(
    async () => (await rig.records()).some(({ kind }) => kind === 'close'),
    () => 'no close record',
  );
  await rig.end();
  await origin.close();
});

test('a refusal is on disk before it is answered', async (t) => {
  const rig = await startRig();
  const client = await rawClient(rig.port);
  await client.send('CONNECT no.example:443 HTTP/1.1\r\nHost: no.example:443\r\n\r\n');
  const head = await client.readHead();
  const [record] = await rig.records();
  t.is(record?.['verdict'], 'denied');
  t.is(record?.['reason'], 'destination_not_allowed');
  t.true(head.includes(String(record?.['attempt'])));
  await rig.end();
});

test('where no policy is loaded everything is refused, and the answer says so (A15)', async (t) => {
  const rig = await startRig({ policy: 'groups:\n  nobody: [a.example]\n' });
  const client = await rawClient(rig.port);
  await client.send('CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n');
  t.regex(await client.readHead(), /^HTTP\/1\.1 503 Egress denied: no policy is loaded \(attempt /);
  await rig.end();
});

test('a client that goes away before the decision causes no dial', async (t) => {
  const origin = await startOrigin(echoing);
  const dns = await startDnsServer({ 'slow.test': 'silent' });
  const rig = await startRig({ dnsServers: [dns.address], times: { dns: 400 } });
  const client = await rawClient(rig.port);
  await client.send(`CONNECT slow.test:${origin.port} HTTP/1.1\r\nHost: a\r\n\r\n`);
  client.reset();
  await until(
    async () => (await rig.records()).length > 0,
    () => 'no record',
  );
  t.is((await rig.records())[0]?.['verdict'], 'failed');
  t.is(origin.arrivals.length, 0);
  await rig.end();
  await origin.close();
  await dns.close();
});

test('a policy that changed while the dial was under way has the last word', async (t) => {
  const origin = await startOrigin(echoing);
  const rig = await startRig({
    hosts: LOCAL,
    disturb: (journal) => ({
      state: journal.state,
      append: async (entry) => {
        const receipt = await journal.append(entry);
        if (entry.kind === 'decision')
          rig.setPolicy('policy: none\nallow:\n  - {id: x, to: [x.example], protocol: tls}\n');
        return receipt;
      },
    }),
  });
  const client = await rawClient(rig.port);
  await client.send(`CONNECT a.test:${origin.port} HTTP/1.1\r\nHost: a\r\n\r\nsecret`);
  const { text } = await client.readToEnd();
  const arrival = await origin.arrival(0);
  await until(
    () => arrival.state() !== 'open',
    () => 'the origin was not released',
  );
  t.is(arrival.received(), '');
  t.regex(text, /^HTTP\/1\.1 403 Egress denied: no rule allows this destination/);
  t.false(text.includes('secret'));
  const close = (await rig.records()).find(({ kind }) => kind === 'close');
  t.is(close?.['ended_by'], 'destination_not_allowed');
  t.is(close?.['status'], 403);
  await rig.end();
  await origin.close();
});

test('open tunnels that a new policy would not let through are ended, others are not', async (t) => {
  const origin = await startOrigin(echoing);
  const rig = await startRig({ hosts: { 'a.test': ['127.0.0.1'], 'b.test': ['127.0.0.1'] } });
  const a = await tunnelTo(rig.port, `a.test:${origin.port}`);
  const b = await tunnelTo(rig.port, `b.test:${origin.port}`);
  rig.setPolicy(
    'policy: next\nallow:\n  - {id: b, to: [b.test], resolves-to: [127.0.0.0/8], protocol: any, ports: [1-65535]}\n',
  );
  await a.readToEnd();
  await b.send('still here');
  t.is(await b.readBytes(10), 'still here');
  await until(
    async () => (await rig.records()).some(({ ended_by }) => ended_by === 'policy_change'),
    () => 'no close record',
  );
  b.close();
  await rig.end();
  await origin.close();
});

test('a rule that expires ends the tunnels that only it let through', async (t) => {
  const origin = await startOrigin(echoing);
  let now = new Date('2026-11-30T23:59:50Z');
  const rig = await startRig({
    hosts: LOCAL,
    policy: `policy: short
allow:
  - {id: a, to: [a.test], resolves-to: [127.0.0.0/8], protocol: any, ports: [1-65535], expires: 2026-11-30}
`,
    options: { now: () => now, dayLookMs: 10 },
  });
  const tunnel = await tunnelTo(rig.port, `a.test:${origin.port}`);
  now = new Date('2026-12-01T00:00:01Z');
  await tunnel.readToEnd();
  await until(
    async () => (await rig.records()).some(({ ended_by }) => ended_by === 'policy_change'),
    () => 'no close record',
  );
  t.pass();
  await rig.end();
  await origin.close();
});

test('observe mode lets through what would be denied, and records it as such', async (t) => {
  const origin = await startOrigin(answering(ok('seen')));
  const rig = await startRig({
    hosts: LOCAL,
    policy: 'policy: watch\nmode: observe\nallow:\n  - {id: other, to: [x.example], protocol: tls}\n',
  });
  const client = await rawClient(rig.port);
  await client.send(`GET http://a.test:${origin.port}/ HTTP/1.1\r\nHost: a\r\n\r\n`);
  // 127.0.0.1 is a special-purpose address, which is enforced even when observing.
  t.regex(await client.readHead(), /^HTTP\/1\.1 403 /);
  const [record] = await rig.records();
  t.is(record?.['verdict'], 'denied');
  await rig.end();
  await origin.close();
});
