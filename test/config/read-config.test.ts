import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readConfig } from '../../lib/config/index.js';
import { config, folderWith, problemsIn, reading } from './fixture.js';

test('with nothing said, the defaults hold: loopback, the own policies, ./var, and answers before Halibut gives up', async (t) => {
  const folder = await folderWith(t, 'no file');
  const read = await readConfig({
    flags: new Map(),
    file: 'default',
    env: {},
    folder,
    ownPolicies: '/own',
    openFiles: 'unknown',
  });
  if (read.kind === 'problems') return t.fail();
  t.is(read.file, 'none');
  t.true(read.lines.every(({ from }) => from === 'default'));
  t.true(read.config.timeouts.answerMs < 12_000);
  return t.deepEqual(read.config, {
    listen: [{ host: '127.0.0.1', port: 3128 }],
    policies: '/own',
    state: join(folder, 'var'),
    users: { kind: 'off' },
    hosts: new Map(),
    dns: { servers: 'system', timeoutMs: 4_000, cache: 10_000 },
    limits: { connections: 8_000, connectionsPerClient: 2_000 },
    timeouts: {
      headMs: 10_000,
      dialMs: 6_000,
      answerMs: 11_000,
      responseMs: 300_000,
      idleMs: 75_000,
      tunnelIdleMs: 'never',
      halfClosedMs: 60_000,
      helloMs: 5_000,
      handshakeMs: 30_000,
      probeMs: 5_000,
      probeMemoryMs: 300_000,
      stalledMs: 60_000,
    },
    progressMs: 300_000,
    drainMs: 60_000,
    revocation: 'close',
    journal: {
      folder: join(folder, 'var', 'journal'),
      keyFile: join(folder, 'var', 'journal.key'),
      segmentBytes: 64 * 2 ** 20,
      compress: true,
      keepMs: 'always',
      keepBytes: 'unlimited',
      reserveBytes: 16 * 2 ** 20,
    },
    anchors: [],
    metrics: { listen: 'off' },
    sinks: [],
    log: { level: 'info', format: 'auto', transports: [] },
  });
});

test('flags win over the environment, that over the file, that over defaults, key by key', async (t) => {
  const read = await reading(
    t,
    'dns: {timeout: 1s, cache: 1}\nlimits: {connections: 10}\nshutdown: {drain: 1s}\nlog: {level: error, format: json}\n',
    {
      env: { TIDEGATE_DNS_TIMEOUT: '2s', TIDEGATE_LOG_LEVEL: 'warn', OTHER: 'x' },
      flags: new Map([['log.level', 'debug']]),
    },
  );
  if (read.kind === 'problems') return t.fail(problemsIn(read).join());
  t.like(read.config, {
    dns: { timeoutMs: 2_000, cache: 1 },
    drainMs: 1_000,
    log: { level: 'debug', format: 'json' },
    limits: { connections: 10, connectionsPerClient: 10 },
  });
  const from = new Map(read.lines.map((line) => [line.key, line.from]));
  t.is(from.get('log.level'), '--log-level');
  t.is(from.get('dns.timeout'), 'TIDEGATE_DNS_TIMEOUT');
  t.is(from.get('dns.cache'), 'tidegate.yaml:1:20');
  return t.is(from.get('timeouts.head'), 'default');
});

test('all problems are told at once, each with its place and a hint', async (t) => {
  const file = [
    'listne: [127.0.0.1:3128]',
    'dns:',
    '  timeout: 4',
    '  servers: [10.0.0.53, dns.corp]',
    '  tiemout: 4s',
    'timeouts: {answer: 15s}',
    'journal: /var/lib/journal',
    'hosts:',
    '  10.0.0.1: [10.0.0.2]',
    '  a.corp: [10.0.0.3, b.corp]',
    '  bad name: [10.0.0.3]',
    'log: {transports: [{use: file, option: {}}]}',
  ].join('\n');
  const read = await reading(t, file, {
    env: { TIDEGATE_LISTEN: '127.0.0.1:3128,localhost:1', TIDEGATE_REVOKATION: 'close', TIDEGATE_DNS_CACHE: '' },
    flags: new Map([['log.level', 'loud']]),
  });
  t.deepEqual(problemsIn(read), [
    'tidegate.yaml:1:1: listne: unknown key; did you mean listen?',
    'tidegate.yaml:3:3: dns.timeout: must be a time such as 10s, 5m, 1h or 250ms',
    'tidegate.yaml:4:24: dns.servers: must be the address of a DNS server, such as 10.0.0.53, 10.0.0.53:5353 or [2001:db8::53]:53',
    'tidegate.yaml:5:3: dns.tiemout: unknown key; did you mean dns.timeout?',
    'tidegate.yaml:6:12: timeouts.answer: must be from 1s to 11500ms',
    'tidegate.yaml:7:1: journal: must be a map of key, segment, compress, keep-for, keep-size, reserve',
    'tidegate.yaml:9:3: hosts.10.0.0.1: is an address; a name belongs here',
    'tidegate.yaml:10:22: hosts.a.corp: must be an address such as 10.20.0.5 or 2001:db8::5',
    'tidegate.yaml:11:3: hosts.bad name: host holds a byte other than letters, digits, hyphen, underscore and dot',
    'tidegate.yaml:12:20: log.transports: holds the unknown key option; must be {use: console, file, http or a package, options: {…}}',
    'TIDEGATE_DNS_CACHE: dns.cache: must be a whole number from 0 to 1000000',
    'TIDEGATE_LISTEN: listen: must be address:port, such as 127.0.0.1:3128, 0.0.0.0:3128 or [::1]:3128',
    '--log-level: log.level: must be one of debug, info, warn, error',
    'TIDEGATE_REVOKATION: none: unknown variable; did you mean TIDEGATE_REVOCATION?',
  ]);
});

test('paths are taken from the folder of the one who said them', async (t) => {
  const elsewhere = await folderWith(t, 'state: ./state\nusers: {file: users}\n');
  const read = await config(t, 'no file', {
    file: join(elsewhere, 'tidegate.yaml'),
    folder: '/here',
    flags: new Map([['policies', 'p']]),
    env: {},
  });
  t.is(read.state, join(elsewhere, 'state'));
  t.is(read.journal.folder, join(elsewhere, 'state', 'journal'));
  t.is(read.policies, '/here/p');
  t.deepEqual(read.users, { kind: 'file', path: join(elsewhere, 'users'), required: true });
});

test('a file that was asked for must be there and be readable', async (t) => {
  t.deepEqual(problemsIn(await reading(t, 'no file', { file: '/nowhere/t.yaml' })), [
    '--config: none: there is no file /nowhere/t.yaml',
  ]);
  t.deepEqual(problemsIn(await reading(t, 'no file', { env: { TIDEGATE_CONFIG: '/nowhere/t.yaml' } })), [
    'TIDEGATE_CONFIG: none: there is no file /nowhere/t.yaml',
  ]);
  t.regex(problemsIn(await reading(t, 'no file', { file: '/' }))[0] ?? '', /cannot be read \(EISDIR\)/);
});

test('what a Service named tidegate makes Kubernetes add to the environment is not ours', async (t) => {
  const env = {
    TIDEGATE_SERVICE_HOST: '10.0.0.1',
    TIDEGATE_SERVICE_PORT: '3128',
    TIDEGATE_SERVICE_PORT_PROXY: '3128',
    TIDEGATE_PORT: 'tcp://10.0.0.1:3128',
    TIDEGATE_PORT_3128_TCP_ADDR: '10.0.0.1',
  };
  t.deepEqual(problemsIn(await reading(t, '', { env })), []);
});

test('users.required without a users file is a problem, since it would let everybody in', async (t) => {
  t.deepEqual(problemsIn(await reading(t, 'users: {required: true}')), [
    'tidegate.yaml:1:9: users.required: has no meaning without users.file: name the users file too',
  ]);
});

test('connections fit into the files the process may open, two for a tunnel', async (t) => {
  t.is((await config(t, '', { openFiles: 1_024 })).limits.connections, 460);
  t.is((await config(t, '', { openFiles: 1_000_000 })).limits.connections, 8_000);
  t.is((await config(t, 'limits: {connections: 9500}', { openFiles: 1_024 })).limits.connections, 9_500);
});

test('the configuration is frozen', async (t) => {
  const read = await config(t, '');
  t.true(Object.isFrozen(read));
  t.true(Object.isFrozen(read.timeouts));
});

test('an unreadable file is one problem, in words', async (t) => {
  if (process.getuid?.() === 0) return t.pass('root reads everything');
  const folder = await folderWith(t, 'no file');
  const file = join(folder, 'tidegate.yaml');
  await writeFile(file, '');
  await chmod(file, 0);
  return t.deepEqual(problemsIn(await reading(t, '', { folder })), ['tidegate.yaml: none: cannot be read (EACCES)']);
});
