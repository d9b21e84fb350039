import test from 'ava';
import { DnsClient } from '../../lib/dns/index.js';
import type { DnsAnswer } from '../fixtures/dns-server.js';
import { freePort } from '../fixtures/free-port.js';
import { domainName, serverAt, startServers, summary, zoneOf } from './asking.js';

const QUESTION = { name: domainName('a.test'), type: 'A' } as const;

test('a slow reply counts within the whole budget, also after many fast ones', async (t) => {
  const { running, servers } = await startServers(t, zoneOf('192.0.2.1'));
  const dns = new DnsClient();
  for (let i = 0; i < 20; i++) await dns.ask(QUESTION, servers, 4_000).result;
  running[0]?.serve({ '*': { after: 1_500, answer: [{ type: 'A', value: '192.0.2.9' }] } });
  t.deepEqual(summary(await dns.ask(QUESTION, servers, 4_000).result), ['192.0.2.9', 0]);
});

const WITHOUT_RESULT: Readonly<Record<string, DnsAnswer>> = {
  SERVFAIL: 'servfail',
  REFUSED: 'refused',
  NOTIMP: 'notimp',
  FORMERR: 'formerr',
  'a message that ends too early': {
    raw: ({ wire }, query) => {
      const head = Buffer.from(query.subarray(0, 12));
      head.writeUInt16BE(0x8180, 2);
      head.writeUInt16BE(1, 6);
      head.writeUInt16BE(0, 10);
      return Buffer.concat([head, wire, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0])]);
    },
  },
  'an error without its question': {
    raw: (_, query) => {
      const head = Buffer.alloc(12);
      query.copy(head, 0, 0, 2);
      head.writeUInt16BE(0x8182, 2);
      return head;
    },
  },
};

for (const [what, answer] of Object.entries(WITHOUT_RESULT)) {
  test(`the next server is asked at once after ${what}`, async (t) => {
    const { running, servers } = await startServers(t, { '*': answer }, zoneOf('192.0.2.2'));
    // A third of this budget is longer than a test may take.
    const result = await new DnsClient().ask(QUESTION, servers, 3_600_000).result;
    t.deepEqual(summary(result), ['192.0.2.2', 1]);
    t.deepEqual(running[1]?.queries, ['a.test A']);
  });
}

test('the next server is asked at once where nothing listens', async (t) => {
  const { servers } = await startServers(t, zoneOf('192.0.2.2'));
  const closed = serverAt(`127.0.0.1:${await freePort()}`);
  const result = await new DnsClient().ask(QUESTION, [closed, ...servers], 3_600_000).result;
  t.deepEqual(summary(result), ['192.0.2.2', 1]);
});

for (const [answer, kind] of [
  ['nxdomain', 'no_such_name'],
  [[], 'no_data'],
] as const) {
  test(`${kind} is final: no other server is asked`, async (t) => {
    const { running, servers } = await startServers(t, { '*': answer }, zoneOf('192.0.2.2'));
    t.deepEqual(summary(await new DnsClient().ask(QUESTION, servers, 4_000).result), [kind, 0]);
    t.deepEqual(running[1]?.queries, []);
  });
}

test('the reply of an earlier server counts, also when a later one is faster', async (t) => {
  const slow = { '*': { after: 1_500, answer: [{ type: 'A', value: '10.0.0.1' }] } } as const;
  const { running, servers } = await startServers(t, slow, zoneOf('192.0.2.2'));
  t.deepEqual(summary(await new DnsClient().ask(QUESTION, servers, 4_000).result), ['10.0.0.1', 0]);
  t.deepEqual(running[1]?.queries, ['a.test A']);
});

test('an earlier server that fails late leaves the reply of the later one', async (t) => {
  const { servers } = await startServers(t, { '*': { after: 500, answer: 'servfail' } }, zoneOf('192.0.2.2'));
  t.deepEqual(summary(await new DnsClient().ask(QUESTION, servers, 1_500).result), ['192.0.2.2', 1]);
});

test('a silent server is asked again, and its failure says that it was silent', async (t) => {
  const { running, servers } = await startServers(t, { '*': 'silent' }, { '*': 'servfail' });
  t.deepEqual(summary(await new DnsClient().ask(QUESTION, servers, 1_500).result), ['ETIMEOUT', 'ESERVFAIL']);
  t.true((running[0]?.queries.length ?? 0) >= 2);
  t.is(running[1]?.queries.length, 1);
});

test('a server that was silent for a whole budget is waited for only briefly, until it replies again', async (t) => {
  const { running, servers } = await startServers(t, { '*': 'silent' }, zoneOf('192.0.2.2'));
  const dns = new DnsClient();
  t.deepEqual(summary(await dns.ask(QUESTION, servers, 1_500).result), ['192.0.2.2', 1]);
  const other = new DnsClient().ask(QUESTION, servers, 4_000);
  const known = dns.ask(QUESTION, servers, 4_000);
  const first = await Promise.race([known.result.then(() => 'known'), other.result.then(() => 'other')]);
  t.is(first, 'known', 'a client that has not met the silence waits longer');
  other.end();
  running[0]?.serve(zoneOf('10.0.0.1'));
  t.deepEqual(summary(await dns.ask(QUESTION, servers, 4_000).result), ['10.0.0.1', 0]);
  running[0]?.serve({ '*': { after: 1_000, answer: [{ type: 'A', value: '10.0.0.2' }] } });
  t.deepEqual(summary(await dns.ask(QUESTION, servers, 4_000).result), ['10.0.0.2', 0]);
});

test.serial('a question that is ended has closed its sockets', async (t) => {
  const { servers } = await startServers(t, { '*': 'silent' }, { '*': 'silent' });
  const sockets = (): number => process.getActiveResourcesInfo().filter((each) => /UDP|TCPSocket/.test(each)).length;
  const before = sockets();
  const asking = Array.from({ length: 20 }, () => new DnsClient().ask(QUESTION, servers, 60_000));
  for (const each of asking) each.end();
  for (const each of asking) t.deepEqual(summary(await each.result), ['ETIMEOUT']);
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.true(sockets() <= before);
});

test('without any server there is no result', async (t) => {
  t.deepEqual(await new DnsClient().ask(QUESTION, [], 1_000).result, { kind: 'failed', failures: [] });
});
