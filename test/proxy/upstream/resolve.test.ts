import test from 'ava';
import { parseAuthority } from '../../../lib/address/index.js';
import { admit, type Admission } from '../../../lib/policy/index.js';
import { createResolver, type Answers, type NameResolver } from '../../../lib/proxy/upstream/index.js';
import type { Refusal } from '../../../lib/proxy/refusal/refuse.js';
import { startDnsServer, type Zone } from '../../fixtures/dns-server.js';
import { OPEN_POLICY, policySet } from '../rig.js';
import { recordableNow } from '../tokens.js';

const POLICY = policySet(OPEN_POLICY);
const SHORT = policySet(`policy: short
allow:
  - id: names
    to: [missing, missing.corp.test]
    protocol: any
    ports: [1]
`);
const RECORDABLE = recordableNow();

function admitted(authority: string, policy = POLICY): Admission {
  const destination = parseAuthority(authority);
  const ip = parseAuthority('127.0.0.1:5');
  if (destination.kind === 'malformed' || ip.kind === 'malformed' || ip.value.host.kind !== 'address')
    throw new Error();
  const admission = admit(
    policy,
    {
      id: 'x',
      receivedAt: new Date(0),
      client: { ip: ip.value.host.address, port: ip.value.port, identity: { kind: 'network' } },
      destination: destination.value,
      intent: { kind: 'tunnel' },
    },
    new Date(0),
  );
  if (admission.kind === 'denied') throw new Error(admission.reason);
  return admission;
}

function shown(found: Answers | Refusal): unknown {
  if (found.kind === 'answers') return found.addresses.map(({ text }) => text);
  return found.verdict.kind === 'failed' ? `${found.status} ${found.verdict.code}` : found.message;
}

async function withZone(
  zone: Zone,
  use: (resolver: NameResolver, queries: readonly string[], serve: (zone: Zone) => void) => Promise<void>,
  { cacheEntries = 100, budgetMs = 4000 } = {},
): Promise<void> {
  const dns = await startDnsServer(zone);
  await use(
    createResolver({ servers: [dns.address], cacheEntries, hosts: new Map() }, budgetMs),
    dns.queries,
    dns.serve,
  );
  await dns.close();
}

test('A and AAAA are asked together, and families take turns in the answer', async (t) => {
  const zone: Zone = {
    'a.test': [
      { type: 'A', value: '192.0.2.1' },
      { type: 'A', value: '192.0.2.2' },
      { type: 'AAAA', value: '2001:db8::1' },
    ],
  };
  await withZone(zone, async (resolver) => {
    t.deepEqual(shown(await resolver.resolve(admitted('a.test:1'), RECORDABLE)), [
      '2001:db8::1',
      '192.0.2.1',
      '192.0.2.2',
    ]);
  });
});

test('one family is enough where the name server is silent on the other', async (t) => {
  const zone: Zone = {
    'half.test': [
      { type: 'A', value: '192.0.2.1' },
      { type: 'AAAA', value: 'silent' },
    ],
  };
  await withZone(zone, async (resolver) => {
    t.deepEqual(shown(await resolver.resolve(admitted('half.test:1'), RECORDABLE)), ['192.0.2.1']);
  });
});

test('an answer is kept for its time to live, and simultaneous look-ups share one query', async (t) => {
  await withZone({ 'a.test': [{ type: 'A', value: '192.0.2.1', ttl: 60 }] }, async (resolver, queries, serve) => {
    const many = await Promise.all(
      Array.from({ length: 20 }, () => resolver.resolve(admitted('a.test:1'), RECORDABLE)),
    );
    t.true(many.every(({ kind }) => kind === 'answers'));
    t.deepEqual([...queries].sort(), ['a.test A', 'a.test AAAA']);
    serve({ 'a.test': [{ type: 'A', value: '192.0.2.9', ttl: 60 }] });
    t.deepEqual(shown(await resolver.resolve(admitted('a.test:1'), RECORDABLE)), ['192.0.2.1']);
    t.is(resolver.cachedNames(), 1);
  });
});

test('an answer that says not to keep it is not kept', async (t) => {
  await withZone({ 'a.test': [{ type: 'A', value: '192.0.2.1', ttl: 0 }] }, async (resolver, _, serve) => {
    await resolver.resolve(admitted('a.test:1'), RECORDABLE);
    serve({ 'a.test': [{ type: 'A', value: '192.0.2.9', ttl: 0 }] });
    t.deepEqual(shown(await resolver.resolve(admitted('a.test:1'), RECORDABLE)), ['192.0.2.9']);
  });
});

test('the cache is bounded: the oldest names are forgotten', async (t) => {
  const a = { type: 'A', value: '192.0.2.1', ttl: 60 } as const;
  const zone = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`n${i}.test`, [a]]));
  await withZone(
    zone,
    async (resolver) => {
      for (const name of Object.keys(zone)) await resolver.resolve(admitted(`${name}:1`), RECORDABLE);
      t.is(resolver.cachedNames(), 4);
    },
    { cacheEntries: 4 },
  );
});

test('at most 16 answers are taken', async (t) => {
  const many = Array.from({ length: 25 }, (_, i) => ({ type: 'A', value: `192.0.2.${i + 1}` }) as const);
  await withZone({ 'a.test': many }, async (resolver) => {
    const found = await resolver.resolve(admitted('a.test:1'), RECORDABLE);
    t.is(found.kind === 'answers' ? found.addresses.length : 0, 16);
  });
});

test('aliases are those of the same answer, up to eight, and cause no further query (law 2)', async (t) => {
  const chain = (links: number): Zone => ({
    ...Object.fromEntries(
      Array.from({ length: links }, (_, i) => [`c${i}.test`, [{ type: 'CNAME', value: `c${i + 1}.test` } as const]]),
    ),
    [`c${links}.test`]: [{ type: 'A', value: '192.0.2.1' }],
  });
  await withZone(chain(2), async (resolver, queries) => {
    const found = await resolver.resolve(admitted('c0.test:1'), RECORDABLE);
    t.deepEqual(found.kind === 'answers' ? found.aliases : found, ['c1.test', 'c2.test']);
    t.deepEqual([...queries].sort(), ['c0.test A', 'c0.test AAAA']);
  });
  await withZone(chain(9), async (resolver, queries) => {
    t.is(shown(await resolver.resolve(admitted('c0.test:1'), RECORDABLE)), '503 dns_error');
    t.deepEqual([...queries].sort(), ['c0.test A', 'c0.test AAAA']);
  });
});

test('where two servers gave one family each, those of the earlier server are taken', async (t) => {
  const inside = await startDnsServer({
    '*': [
      { type: 'A', value: '10.0.0.1' },
      { type: 'AAAA', value: 'silent' },
    ],
  });
  const outside = await startDnsServer({ '*': [{ type: 'AAAA', value: '2001:db8::1' }] });
  for (const { close } of [inside, outside]) t.teardown(close);
  const options = { servers: [inside.address, outside.address], cacheEntries: 10, hosts: new Map() };
  const resolver = createResolver(options, 2_000);
  t.deepEqual(shown(await resolver.resolve(admitted('a.test:1'), RECORDABLE)), ['10.0.0.1']);
});

test('reading the servers again forgets what was cached', async (t) => {
  await withZone({ 'a.test': [{ type: 'A', value: '192.0.2.1', ttl: 60 }] }, async (resolver, _, serve) => {
    await resolver.resolve(admitted('a.test:1'), RECORDABLE);
    serve({ 'a.test': [{ type: 'A', value: '192.0.2.9', ttl: 60 }] });
    resolver.reread();
    t.deepEqual(shown(await resolver.resolve(admitted('a.test:1'), RECORDABLE)), ['192.0.2.9']);
  });
});

test('a name that does not exist is refused with what other programs would have used', async (t) => {
  await withZone({}, async (resolver) => {
    const message = async (name: string): Promise<string> => {
      const found = await resolver.resolve(admitted(`${name}:1`, SHORT), RECORDABLE);
      return found.kind === 'refusal' ? found.message : 'found';
    };
    t.is(await message('missing.corp.test'), 'Egress failed: the name does not exist in DNS (/etc/hosts is not used)');
    t.is(
      await message('missing'),
      'Egress failed: the name does not exist in DNS (write it in full: search domains and /etc/hosts are not used)',
    );
  });
});

test('each way in which DNS can fail has its code', async (t) => {
  const zone: Zone = {
    'silent.test': 'silent',
    'servfail.test': 'servfail',
    'no.test': 'nxdomain',
    'id.test': 'wrong_id',
  };
  const use = async (resolver: NameResolver): Promise<void> => {
    const look = async (name: string): Promise<unknown> =>
      shown(await resolver.resolve(admitted(`${name}:1`), RECORDABLE));
    t.is(await look('silent.test'), '504 dns_timeout');
    t.is(await look('servfail.test'), '503 dns_error');
    t.is(await look('no.test'), '503 destination_not_found');
    t.is(await look('id.test'), '504 dns_timeout', 'an answer under another id is no answer');
    t.is(resolver.cachedNames(), 0, 'failures are not kept');
  };
  await withZone(zone, use, { budgetMs: 700 });
});

test('literals and listed hosts cause no query', async (t) => {
  const dns = await startDnsServer({});
  const read = parseAuthority('listed.test:1');
  const to = parseAuthority('127.0.0.7:1');
  if (read.kind === 'malformed' || to.kind === 'malformed') throw new Error();
  const [{ host }, { host: target }] = [read.value, to.value];
  if (host.kind !== 'name' || target.kind !== 'address') throw new Error();
  const hosts = new Map([[host.name, [target.address]]]);
  const resolver = createResolver({ servers: [dns.address], cacheEntries: 10, hosts }, 500);
  t.deepEqual(shown(await resolver.resolve(admitted('listed.test:1'), RECORDABLE)), ['127.0.0.7']);
  t.deepEqual(shown(await resolver.resolve(admitted('127.0.0.1:1'), RECORDABLE)), ['127.0.0.1']);
  t.deepEqual(dns.queries, []);
  await dns.close();
});
