import test from 'ava';
import { echoing, startOrigin } from '../fixtures/origin.js';
import { rawClient } from '../fixtures/raw-client.js';
import type { Authentication } from '../../lib/proxy/index.js';
import { range } from '../policy/samples.js';
import { startRig } from './rig.js';

const HOSTS = { 'a.test': ['127.0.0.1'] };

test('users: wrong and missing passwords, and the anonymous form', async (t) => {
  const origin = await startOrigin(echoing);
  const users = {
    verify: (user: string, password: string) =>
      Promise.resolve(user === 'spaces-1' && password === 'right' ? ('verified' as const) : ('rejected' as const)),
    hashUserName: (name: string) => `hash-of-${name.length}`,
    names: () => new Set(['spaces-1']),
  };
  const rig = await startRig({
    hosts: HOSTS,
    options: { authentication: { kind: 'always', neverChallenge: [], users } },
  });
  const basic = (text: string): string => `Proxy-Authorization: Basic ${Buffer.from(text).toString('base64')}\r\n`;
  const request = (extra: string): string =>
    `CONNECT a.test:${origin.port} HTTP/1.1\r\nHost: a.test:${origin.port}\r\n${extra}\r\n`;
  const client = await rawClient(rig.port);
  await client.send(request(''));
  const challenged = await client.readMessage();
  t.regex(challenged.head, /^HTTP\/1\.1 407 Proxy authentication required\r\n/);
  t.true(challenged.head.includes('\r\nProxy-Authenticate: Basic realm="tidegate"\r\n'));
  t.deepEqual(await rig.records(), [], 'the first leg of the handshake is no denial');
  await client.send(request(basic(':')));
  t.regex((await client.readMessage()).head, /^HTTP\/1\.1 407 /);
  await client.send(request(basic('hunter2:wrong')));
  t.regex(
    (await client.readMessage()).head,
    /^HTTP\/1\.1 407 Egress refused: the proxy user name or password is wrong/,
  );
  await client.send(request(basic('spaces-1:right')));
  t.regex(await client.readHead(), /^HTTP\/1\.1 200 /);
  const records = JSON.stringify(await rig.records());
  t.true(records.includes('hash-of-7') && records.includes('spaces-1'));
  t.false(/hunter2|wrong"|right|c3BhY2Vz/.test(records));
  client.close();
  await rig.end();
  await origin.close();
});

const USERS: Extract<Authentication, { users: unknown }>['users'] = {
  verify: (user, password) => Promise.resolve(user === 'ada' && password === 'right' ? 'verified' : 'rejected'),
  hashUserName: () => 'hash',
  names: () => new Set(['ada']),
};

const FOR_ADA = `policy: ada
clients: { users: [ada] }
allow: [{ id: a, to: [a.test], resolves-to: [127.0.0.0/8], protocol: any, ports: [1-65535] }]
`;

for (const [kind, neverChallenge, wanted] of [
  ['on-need', [], ['407', '403', '407', '200']],
  ['always', [], ['407', '407', '407', '200']],
  ['never', [], ['403', '403', '407', '200']],
  ['on-need', ['127.0.0.0/8'], ['403', '403', '407', '200']],
  ['always', ['127.0.0.0/8'], ['403', '403', '407', '200']],
  ['always', ['10.0.0.0/8', '::/0'], ['407', '407', '407', '200']],
] as const) {
  const except = neverChallenge.length === 0 ? '' : ` except from ${neverChallenge.join(' and ')}`;
  test(`challenge: ${kind}${except}: who is asked, and who is denied`, async (t) => {
    const origin = await startOrigin(echoing);
    const ranges = neverChallenge.map((text) => range(text));
    const authentication: Authentication = { kind, neverChallenge: ranges, users: USERS };
    const rig = await startRig({ hosts: HOSTS, policy: FOR_ADA, options: { authentication } });
    const status = async (host: string, credentials: string): Promise<string> => {
      const client = await rawClient(rig.port);
      const basic =
        credentials === '' ? '' : `Proxy-Authorization: Basic ${Buffer.from(credentials).toString('base64')}\r\n`;
      const authority = `${host}:${origin.port}`;
      await client.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${basic}\r\n`);
      const head = await client.readHead();
      client.close();
      return head.split(' ')[1] ?? head;
    };
    const found: string[] = [];
    for (const [host, credentials] of [
      ['a.test', ''],
      ['b.test', ''],
      ['b.test', 'ada:wrong'],
      ['a.test', 'ada:right'],
    ] as const)
      found.push(await status(host, credentials));
    t.deepEqual(found, wanted);
    const recorded = (await rig.records()).filter(({ kind: of }) => of === 'decision').length;
    t.is(recorded, 2 + wanted.filter((each) => each === '403').length, 'a challenge leaves no record');
    await rig.end();
    await origin.close();
  });
}
