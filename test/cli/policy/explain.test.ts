import { join } from 'node:path';
import test from 'ava';
import { carriedOut, folderOf } from '../command.js';

const POLICY = `policy: p
clients: {users: [web], networks: [10.0.0.0/8]}
allow:
  - id: feeds
    to: ["*.feed.example", 203.0.113.5]
    protocol: tls
    expires: 2030-01-31
  - id: hooks
    to: [hook.example]
    protocol: http
    methods: [GET]
deny:
  - id: never
    to: [bad.feed.example]
    reason: it was broken into
`;

test.serial('explain names the passing rule, the nearest rules or the deny entry', async (t) => {
  const { path } = await folderOf(t, { 'p/p.yaml': POLICY });
  const explain = (...args: string[]) =>
    carriedOut(['policy', 'explain', '--policies', join(path, 'p'), '--user', 'web', '--from', '10.1.2.3', ...args]);
  const passes = await explain('CONNECT', 'a.feed.example:443');
  t.is(passes.code, 0, passes.stderr);
  t.regex(
    passes.stdout,
    /^allowed so far, its addresses are still to be judged: CONNECT a\.feed\.example:443 from 10\.1\.2\.3, user web\npasses by p\/feeds \(p\.yaml:4\)/,
  );
  t.regex(passes.stdout, /the addresses of the name are not judged/);

  const near = await explain('CONNECT', 'a.feed.example:8443');
  t.is(near.code, 1);
  t.regex(near.stdout, /^denied \(port_not_allowed\): /);
  t.regex(near.stdout, /p\/feeds \(p\.yaml:4\)\n +no +port +port 8443 is not among 443/);

  const denied = await explain('https://bad.feed.example/x');
  t.is(denied.code, 1);
  t.regex(denied.stdout, /deny entry p\/never \(p\.yaml:13\): it was broken into/);

  t.is((await explain('--at', '2030-02-01', 'CONNECT', 'a.feed.example:443')).code, 1);
  const judged = await explain('--answers', '93.184.216.34', 'CONNECT', 'a.feed.example:443');
  t.is(judged.code, 0);
  t.regex(judged.stdout, /^allowed: CONNECT /);
  const literal = await explain('CONNECT', '203.0.113.5:443');
  t.regex(literal.stdout, /^denied \(address_not_allowed\): |^allowed: /);
  for (const [more, pending] of [
    [[], 'address'],
    [['--answers', '93.184.216.34'], null],
  ] as const) {
    const { stdout } = await explain(...more, 'CONNECT', 'a.feed.example:443', '--json');
    t.is((JSON.parse(stdout) as { pending: string | null }).pending, pending);
  }
  const inside = await explain('--answers', '10.9.9.9', 'CONNECT', 'a.feed.example:443', '--json');
  t.is(inside.code, 1);
  t.like(JSON.parse(inside.stdout), {
    verdict: 'denied',
    reason: 'address_not_allowed',
    addresses: ['10.9.9.9'],
    dialled: null,
  });
  t.is((await explain('http://hook.example/x')).code, 0);
  t.is((await explain('POST', 'http://hook.example/x')).code, 1);
});

test.serial('explain names the policies that answered, and where they are configured', async (t) => {
  const { path } = await folderOf(t, {
    'etc/p/p.yaml': POLICY,
    'etc/tidegate.yaml': 'policies: p\n',
    'etc/bare.yaml': '',
  });
  const explain = async (...args: string[]): Promise<unknown> => {
    const { stdout } = await carriedOut(['policy', 'explain', '--json', 'CONNECT', 'a.feed.example:443', ...args]);
    return (JSON.parse(stdout) as { policies: unknown }).policies;
  };
  const [folder, config, bare] = ['p', 'tidegate.yaml', 'bare.yaml'].map((name) => join(path, 'etc', name));
  t.deepEqual(await explain('--policies', folder ?? ''), { folder, from: '--policies' });
  t.deepEqual(await explain('--config', config ?? ''), { folder, from: `${config}:1:1` });
  t.like(await explain('--config', bare ?? ''), { from: `default, not set in ${bare}` });
  const text = await carriedOut(['policy', 'explain', '--config', config ?? '', 'a.feed.example:443']);
  t.true(text.stdout.endsWith(`\npolicies of ${folder} (${config}:1:1)\n`), text.stdout);
});

test.serial('explain says which names may lead to an address that no rule lists', async (t) => {
  const { path } = await folderOf(t, {
    'p/p.yaml':
      'policy: p\nallow:\n  - {id: grpc, to: [octopus.corp.example], resolves-to: [10.20.0.0/24], protocol: tls, ports: [8443]}\n',
  });
  const told = await carriedOut(['policy', 'explain', '--policies', join(path, 'p'), 'CONNECT', '10.20.0.10:8443']);
  t.is(told.code, 1);
  t.regex(
    told.stdout,
    /p\/grpc \(p\.yaml:3\)\n +no +destination +10\.20\.0\.10 is not among octopus\.corp\.example, but in its "resolves-to": the client may have sent what octopus\.corp\.example leads to\n/,
  );
});

test.serial('explain says whether a client without user is asked to log in, and what that is for', async (t) => {
  const { path } = await folderOf(t, { 'p/p.yaml': POLICY, users: '' });
  const ask = async (config: string, host: string, ...args: string[]): Promise<readonly [string, unknown]> => {
    const { path: at } = await folderOf(t, { 'tidegate.yaml': `policies: ${join(path, 'p')}\n${config}` });
    const words = ['policy', 'explain', '--config', join(at, 'tidegate.yaml'), '--from', '10.1.2.3', ...args];
    const { stdout } = await carriedOut([...words, 'CONNECT', `${host}:443`]);
    const json = JSON.parse((await carriedOut([...words, '--json', 'CONNECT', `${host}:443`])).stdout) as object;
    return [/^(?:not )?asked to log in.*$/m.exec(stdout)?.[0] ?? 'no word of it', 'log_in' in json && json.log_in];
  };
  const users = (rest = ''): string => `users: {file: ${join(path, 'users')}${rest}}\n`;
  const rule = { policy: 'p', id: 'feeds', file: 'p.yaml', line: 4 };
  const by = 'user web would pass by p/feeds (p.yaml:4)';
  t.deepEqual(await ask(users(), 'a.feed.example'), [
    `asked to log in first (407): ${by}`,
    { asked: true, user: 'web', rule },
  ]);
  t.deepEqual(await ask(users(', challenge: never'), 'a.feed.example'), [
    `not asked to log in, by the configuration: ${by}`,
    { asked: false, user: 'web', rule },
  ]);
  const never = ', challenge: always, never-challenge: [10.0.0.0/8]';
  t.deepEqual(await ask(users(never), 'a.feed.example'), [
    `not asked to log in, by the configuration: ${by}`,
    { asked: false, user: 'web', rule },
  ]);
  t.deepEqual(await ask(users(', challenge: always'), 'other.example'), [
    'asked to log in first (407): "users.challenge" is always',
    { asked: true, user: null, rule: null },
  ]);
  for (const [config, host, ...args] of [
    [users(), 'other.example'],
    [users(), 'a.feed.example', '--user', 'web'],
    ['', 'a.feed.example'],
  ] as const)
    t.deepEqual(await ask(config, host, ...args), ['no word of it', null]);
});

test.serial('an invalid request or option of explain is a usage error', async (t) => {
  for (const args of [['nonsense'], ['CONNECT', 'a'], ['GET', 'ftp://a/'], ['--from', 'me', 'a.example:443']]) {
    t.is((await carriedOut(['policy', 'explain', ...args])).code, 2, args.join(' '));
  }
  t.is((await carriedOut(['policy', 'explain', '--resolve', '--answers', '::1', 'a.example:443'])).code, 2);
  t.is((await carriedOut(['policy', 'explain', '--at', 'tomorrow', 'a.example:443'])).code, 2);
});

test.serial('explain resolves names of the hosts map and denies own listeners', async (t) => {
  const { path } = await folderOf(t, {
    'p/p.yaml':
      'policy: p\nallow: [{id: a, to: [a.corp], protocol: any, ports: [1-65535], resolves-to: [127.0.0.0/8]}]\n',
    'tidegate.yaml': 'policies: p\nhosts: {a.corp: [127.0.0.1]}\nlisten: ["127.0.0.1:3128"]\n',
  });
  const explain = (...args: string[]) =>
    carriedOut(['policy', 'explain', '--resolve', '--config', join(path, 'tidegate.yaml'), ...args]);
  t.is((await explain('a.corp:80')).code, 0);
  const own = await explain('a.corp:3128');
  t.is(own.code, 1);
  t.regex(own.stdout, /own_listener/);
});

test.serial('explain judges supposed traffic in a tunnel', async (t) => {
  const thumbprint = '5B1F1C6A9D2E3F405162738495A6B7C8D9E0F1A2';
  const { path } = await folderOf(t, {
    'p/p.yaml': `policy: p\nallow: [{id: a, to: [a.example, 10.1.0.0/16], protocol: tentacle, thumbprints: [${thumbprint}]}]\n`,
  });
  const explain = (...args: string[]) => carriedOut(['policy', 'explain', '--policies', join(path, 'p'), ...args]);
  t.is((await explain('--thumbprint', thumbprint, '10.1.0.1:10933')).code, 0);
  const hidden = await explain('--thumbprint', 'hidden', '10.1.0.1:10933');
  t.is(hidden.code, 1);
  t.regex(hidden.stdout, /^denied \(identity_not_visible\)[^]*no +thumbprint +thumbprint is not visible/);
  t.is((await explain('--answers', '8.8.8.8', '--thumbprint', thumbprint, 'a.example:10933')).code, 0);
  const named = await explain('--answers', '8.8.8.8', '--server-name', 'b.example', '--json', 'a.example:10933');
  t.like(JSON.parse(named.stdout), { verdict: 'denied', reason: 'server_name_not_allowed' });
  for (const args of [
    ['--thumbprint', thumbprint, 'a.example:10933'],
    ['--thumbprint', 'abc', '10.1.0.1:10933'],
    ['--thumbprint', thumbprint, '--host-key', 'hidden', '10.1.0.1:10933'],
    ['--server-name', 'a.example', 'http://10.1.0.1/'],
  ])
    t.is((await explain(...args)).code, 2, args.join(' '));
});

test.serial('explain says of a short name that search domains and /etc/hosts are not used', async (t) => {
  const policy = 'policy: p\nallow:\n  - id: short\n    to: [buildserver]\n    protocol: tls\n';
  const { path } = await folderOf(t, { 'p/p.yaml': policy });
  const given = ['--policies', join(path, 'p')];
  const { stdout } = await carriedOut(['policy', 'explain', ...given, 'CONNECT', 'buildserver:443']);
  t.regex(stdout, /search domains are not used: write it in full/);
  t.regex(stdout, /\/etc\/hosts is not used/);
  const checked = await carriedOut(['policy', 'check', join(path, 'p')]);
  t.regex(
    checked.stdout,
    /"buildserver" is a short name: search domains and \/etc\/hosts are not used, so DNS must know it as it stands/,
  );
});

test.serial('explain says of an observed private destination that it passes, and the line to add', async (t) => {
  const { path } = await folderOf(t, {
    'p/p.yaml': 'policy: p\nmode: observe\nallow: [{id: a, to: ["*.corp"], protocol: tls}]\n',
  });
  const explain = (...args: string[]) => carriedOut(['policy', 'explain', '--policies', join(path, 'p'), ...args]);
  const literal = await explain('CONNECT', '10.30.0.7:10933');
  t.is(literal.code, 0);
  t.regex(literal.stdout, /^would be denied once enforced \(passes now: observe mode\) \(address_not_allowed\)/);
  t.regex(
    literal.stdout,
    /\nto allow it, add a rule: - \{id: new-rule, to: \["10\.30\.0\.7"\], protocol: tentacle\}\n/,
  );
  const named = await explain('--answers', '10.30.0.7,127.0.0.1', '--json', 'CONNECT', 'a.corp:443');
  t.like(JSON.parse(named.stdout), {
    verdict: 'observed',
    dialled: ['10.30.0.7'],
    to_allow: 'add to rule p/a: resolves-to: ["10.30.0.7"]',
  });
  const unknown = await explain('CONNECT', 'a.corp:443');
  t.regex(
    unknown.stdout,
    /\nit passes if it leads to a public or private address; loopback, link-local, cloud metadata/,
  );
  const metadata = await explain('--answers', '100.100.100.200', 'CONNECT', 'a.corp:443');
  t.is(metadata.code, 1);
  t.regex(metadata.stdout, /not permitted: 100\.100\.100\.200 \(cloud_metadata\)/);
  t.notRegex(metadata.stdout, /to allow it/);
});
