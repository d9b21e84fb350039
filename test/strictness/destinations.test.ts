import test from 'ava';
import { startDnsServer, type DnsServer } from '../fixtures/dns-server.js';
import { echoing, startOrigin, type Origin } from '../fixtures/origin.js';
import { startTidegate, type Tidegate } from '../fixtures/tidegate.js';
import { rawClient } from '../fixtures/raw-client.js';
import { ask, head, isRefused, type Answered } from './answers.js';

let tidegate: Tidegate;
let dns: DnsServer;
let echo: Origin;
test.before(async () => {
  dns = await startDnsServer({});
  echo = await startOrigin(echoing);
  tidegate = await startTidegate({
    policies: {
      'all.yaml': `policy: all
allow:
  - id: loopback-v4
    to: [127.0.0.0/8]
    protocol: any
    ports: [${echo.port}]
  - id: public-names
    to: ["*.public.test", "localhost"]
    protocol: any
    ports: [${echo.port}]
  - id: local-names
    to: ["*.local.test"]
    except: [but.local.test]
    resolves-to: [127.0.0.0/8]
    protocol: any
    ports: [${echo.port}]
deny:
  - id: never
    to: [denied.local.test, 127.6.6.6]
    reason: these are denied
`,
    },
    config: { dns: { servers: [dns.address], timeout: '1s' } },
  });
});
test.after.always(async () => {
  await tidegate.discard();
  await Promise.all([dns.close(), echo.close()]);
});

/** Asks for a tunnel; a 200 is a success, told by its echo. */
async function connectTo(host: string, port = echo.port): Promise<Answered> {
  const client = await rawClient(tidegate.port);
  await client.send(head(`CONNECT ${host}:${port} HTTP/1.0`));
  client.halfClose();
  const { text, ending } = await client.readToEnd();
  const [, status = '0', reason = ''] = /^HTTP\/1\.1 (\d{3}) ([ -~]+)\r\n/.exec(text) ?? [];
  return { text, ending, status: Number(status), reason };
}

test.serial('A3: a name is matched in lower case and without its one trailing dot', async (t) => {
  dns.serve({ 'www.local.test': [{ type: 'A', value: '127.0.0.1' }] });
  t.is((await connectTo('WWW.Local.TEST.')).status, 200);
  t.true(dns.queries.every((query) => /^www\.local\.test (A|AAAA)$/.test(query)));
});

test.serial('A5: an IPv6 form that holds an IPv4 address is never read as that address', async (t) => {
  t.is((await connectTo('127.0.0.1')).status, 200);
  const reached = echo.arrivals.length;
  for (const form of [
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '::ffff:0:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001::7f00:1',
    '::1',
  ]) {
    const answered = await connectTo(`[${form}]`);
    t.is(answered.status, 403, form);
    t.regex(answered.reason, /^Egress denied: /, form);
  }
  t.is(echo.arrivals.length, reached);
});

test.serial('A6: a name rule does not cover an address, nor an address rule a name', async (t) => {
  dns.serve({ 'elsewhere.test': [{ type: 'A', value: '127.0.0.1' }] });
  t.is((await connectTo('elsewhere.test')).status, 403);
  t.is((await connectTo('93.184.215.14')).status, 403);
});

const SPECIAL = [
  ...[
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '192.0.0.1',
    '192.0.2.1',
    '192.168.1.1',
  ],
  ...['198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
  ...[
    '::',
    '::1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fe80::1',
    'ff02::1',
  ],
];
for (const address of SPECIAL) {
  test.serial(`A7: a name that leads to ${address} is denied where its rule does not cover that`, async (t) => {
    const name = `${address.replace(/[.:]/g, '-')}x.public.test`;
    dns.serve({ [name]: [{ type: address.includes(':') ? 'AAAA' : 'A', value: address }] });
    const answered = await connectTo(name);
    t.is(answered.status, 403);
    t.regex(answered.reason, /^Egress denied: no rule allows the address this leads to/);
  });
}

test.serial('A7: of several answers only those that may be dialled are', async (t) => {
  dns.serve({
    'mixed.local.test': [
      { type: 'A', value: '10.255.255.1' },
      { type: 'A', value: '127.0.0.1' },
      { type: 'AAAA', value: '::1' },
    ],
  });
  t.is((await connectTo('mixed.local.test')).status, 200);
  const close = await tidegate.recorded(
    (line) =>
      line['kind'] === 'decision' && (line['destination'] as { host?: string } | null)?.host === 'mixed.local.test',
    'the decision',
  );
  t.is((close['dropped'] as unknown[]).length, 2);
});

test.serial('A8: a name is resolved once, and what it answers later is not dialled', async (t) => {
  dns.serve({ 'rebind.local.test': [{ type: 'A', value: '127.0.0.1', ttl: 0 }] });
  const before = dns.queries.length;
  const client = await rawClient(tidegate.port);
  await client.send(head(`CONNECT rebind.local.test:${echo.port} HTTP/1.0`));
  t.regex(await client.readHead(), /^HTTP\/1\.1 200 /);
  t.deepEqual(
    [...dns.queries.slice(before)].sort(),
    ['A', 'AAAA'].map((type) => `rebind.local.test ${type}`),
  );
  client.close();
});

test.serial('A8: no other resolver is asked where DNS knows no answer, not even for localhost', async (t) => {
  dns.serve({});
  t.is((await connectTo('localhost')).status, 503);
});

test.serial('A8: a long chain of aliases and a flood of answers are bounded', async (t) => {
  const chain = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [
      `c${n}.local.test`,
      [{ type: 'CNAME' as const, value: `c${n + 1}.local.test` }],
    ]),
  );
  dns.serve({ ...chain, 'c40.local.test': [{ type: 'A', value: '127.0.0.1' }] });
  const chained = await connectTo('c0.local.test');
  t.true([200, 503].includes(chained.status), chained.reason);

  const many = Array.from({ length: 400 }, (_, n) => ({
    type: 'A' as const,
    value: `127.0.${1 + (n >> 8)}.${n & 255}`,
  }));
  dns.serve({ 'many.local.test': { truncated: many } });
  const flooded = await connectTo('many.local.test');
  t.true([200, 503].includes(flooded.status), flooded.reason);
  const decision = await tidegate.recorded(
    (line) =>
      line['kind'] === 'decision' && (line['destination'] as { host?: string } | null)?.host === 'many.local.test',
    'the decision',
  );
  t.true(((decision['resolved'] as unknown[] | null) ?? []).length <= 16);
});

test.serial('A8: an answer under another id, and a server that fails, lead nowhere', async (t) => {
  dns.serve({ 'forged.local.test': 'wrong_id', 'broken.local.test': 'servfail' });
  t.true([503, 504].includes((await connectTo('forged.local.test')).status));
  t.is((await connectTo('broken.local.test')).status, 503);
});

test.serial('A9: a name that no rule allows is never looked up', async (t) => {
  const before = dns.queries.length;
  for (const name of ['secret.attacker.example', 'but.local.test', 'denied.local.test', 'local.test', 'xlocal.test']) {
    t.is((await connectTo(name)).status, 403, name);
  }
  t.is((await connectTo('other-port.local.test', 1)).status, 403);
  t.is(dns.queries.length, before);
});

test.serial('A11: the target decides, and its authority is what the origin sees as Host', async (t) => {
  const arrived = echo.arrivals.length;
  const client = await rawClient(tidegate.port);
  await client.send(
    head(`GET http://127.0.0.1:${echo.port}/ HTTP/1.1`, 'Host: secret.attacker.example', 'Connection: close'),
  );
  const arrival = await echo.arrival(arrived);
  await client.readToEnd();
  t.regex(arrival.received(), new RegExp(`^GET / HTTP/1\\.1\\r\\nHost: 127\\.0\\.0\\.1:${echo.port}\\r\\n`));
  t.notRegex(arrival.received(), /attacker/);
});

test.serial('A12: a wildcard covers one or more labels under a name, never the name', async (t) => {
  dns.serve({ '*': [{ type: 'A', value: '127.0.0.1' }] });
  t.is((await connectTo('a.local.test')).status, 200);
  t.is((await connectTo('a.b.c.local.test')).status, 200);
  t.is((await connectTo('local.test')).status, 403);
  t.is((await connectTo('alocal.test')).status, 403);
});

test.serial('A13: a port that no rule lists is denied', async (t) => {
  const answered = await connectTo('127.0.0.1', 1);
  t.is(answered.status, 403);
  t.regex(answered.reason, /^Egress denied: no rule allows this port/);
});

test.serial('A16: what a deny entry names is denied by name and by address, whatever a rule allows', async (t) => {
  dns.serve({ 'leads-there.local.test': [{ type: 'A', value: '127.6.6.6' }] });
  for (const host of ['denied.local.test', '127.6.6.6', 'leads-there.local.test']) {
    t.regex((await connectTo(host)).reason, /^Egress denied: .* \[rule all\/never\] /, host);
  }
});

test.serial('A1: a port that is none is refused before anything is looked up', async (t) => {
  const before = dns.queries.length;
  for (const port of ['0', '65536', '0443', '+443', '4 43', '']) {
    const answered = await ask(tidegate.port, `CONNECT a.local.test:${port} HTTP/1.0\r\n\r\n`);
    isRefused(t, answered, 400, port === '4 43' ? 'H7' : 'A1');
  }
  t.is(dns.queries.length, before);
});
