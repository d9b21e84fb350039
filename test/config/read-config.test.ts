import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readConfig } from '../../lib/config/index.js';
import { config, folderWith, problemsIn, reading } from './fixture.js';

test('the defaults are loopback, the bundled policies, ./var, and answers before Halibut gives up', async (t) => {
  const folder = await folderWith(t, 'no file');
  const read = await readConfig({
    flags: new Map(),
    file: 'default',
    env: {},
    folder,
    systemFile: '/nowhere/tidegate.yaml',
    ownPolicies: '/own',
    openFiles: 'unknown',
  });
  if (read.kind === 'problems') return t.fail();
  t.is(read.file, 'none');
  t.true(read.lines.every(({ from }) => from === 'default'));
  t.true(read.config['timeouts.answer'] < 12_000);
  return t.deepEqual(read.config, {
    listen: [{ host: '127.0.0.1', port: 3128 }],
    policies: '/own',
    state: join(folder, 'var'),
    'users.file': 'none',
    'users.challenge': 'no users file',
    'users.never-challenge': [],
    hosts: new Map(),
    'dns.servers': 'system',
    'dns.timeout': 4_000,
    'dns.cache': 10_000,
    'limits.connections': 8_000,
    'limits.connections-per-client': 6_000,
    'timeouts.head': 10_000,
    'timeouts.dial': 6_000,
    'timeouts.answer': 11_000,
    'timeouts.response': 300_000,
    'timeouts.idle': 75_000,
    'timeouts.tunnel-idle': 'never',
    'timeouts.half-closed': 60_000,
    'timeouts.hello': 5_000,
    'timeouts.handshake': 30_000,
    'timeouts.probe': 5_000,
    'timeouts.probe-memory': 300_000,
    'timeouts.stalled': 60_000,
    progress: 300_000,
    'shutdown.drain': 60_000,
    revocation: 'close',
    'refusals.contact': 'none',
    'journal.key': join(folder, 'var', 'journal.key'),
    'journal.segment': 64 * 2 ** 20,
    'journal.compress': true,
    'journal.keep-for': 'always',
    'journal.keep-size': 'unlimited',
    'journal.reserve': 16 * 2 ** 20,
    'journal.folder': join(folder, 'var', 'journal'),
    anchors: [],
    'metrics.listen': 'off',
    sinks: [],
    'log.level': 'info',
    'log.format': 'auto',
    'log.transports': [],
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
    'dns.timeout': 2_000,
    'dns.cache': 1,
    'shutdown.drain': 1_000,
    'log.level': 'debug',
    'log.format': 'json',
    'limits.connections': 10,
    'limits.connections-per-client': 7,
  });
  const from = new Map(read.lines.map((line) => [line.key, line.from]));
  t.is(from.get('log.level'), '--log-level');
  t.is(from.get('dns.timeout'), 'TIDEGATE_DNS_TIMEOUT');
  t.is(from.get('dns.cache'), 'tidegate.yaml:1:20');
  return t.is(from.get('timeouts.head'), 'default');
});

test('all problems are reported at once, each with its position and a hint', async (t) => {
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
    'tidegate.yaml:1:1: unknown key "listne" (did you mean "listen"?)',
    'tidegate.yaml:3:12: dns.timeout: expected a duration from 100ms to 11s (write a whole number and a unit: 250ms, 10s, 5m, 1h or 2d)',
    'tidegate.yaml:4:24: dns.servers: expected the address of a DNS server (write it like 10.0.0.53, 10.0.0.53:5353 or [2001:db8::53]:53)',
    'tidegate.yaml:5:3: dns: unknown key "tiemout" (did you mean "timeout"?)',
    'tidegate.yaml:6:20: timeouts.answer: expected a duration from 1s to 11500ms (write a whole number and a unit: 250ms, 10s, 5m, 1h or 2d)',
    'tidegate.yaml:7:10: journal: expected a mapping of key, segment, compress, keep-for, keep-size, reserve',
    'tidegate.yaml:9:3: hosts.10.0.0.1: expected a name, found an address',
    'tidegate.yaml:10:22: hosts.a.corp: expected an address (write it like 10.20.0.5 or 2001:db8::5)',
    'tidegate.yaml:11:3: hosts.bad name: host holds a byte other than letters, digits, hyphen, underscore and dot',
    'tidegate.yaml:12:32: log.transports: unknown key "option" (did you mean "options"?)',
    'TIDEGATE_DNS_CACHE: expected a whole number from 0 to 1000000',
    'TIDEGATE_LISTEN: expected an address and a port (write it like 127.0.0.1:3128, 0.0.0.0:3128 or [::1]:3128)',
    'TIDEGATE_REVOKATION: unknown variable (did you mean "TIDEGATE_REVOCATION"?)',
    '--log-level: expected one of debug, info, warn, error',
  ]);
});

test('relative paths start from the folder of their source', async (t) => {
  const elsewhere = await folderWith(t, 'state: ./state\nusers: {file: users}\n');
  const read = await config(t, 'no file', {
    file: join(elsewhere, 'tidegate.yaml'),
    folder: '/here',
    flags: new Map([['policies', 'p']]),
    env: {},
  });
  t.is(read.state, join(elsewhere, 'state'));
  t.is(read['journal.folder'], join(elsewhere, 'state', 'journal'));
  t.is(read.policies, '/here/p');
  t.is(read['users.file'], join(elsewhere, 'users'));
  t.is(read['users.challenge'], 'on-need');
});

test('a file that was asked for must be there and be readable', async (t) => {
  t.deepEqual(problemsIn(await reading(t, 'no file', { file: '/nowhere/t.yaml' })), [
    '--config: there is no file /nowhere/t.yaml',
  ]);
  t.deepEqual(problemsIn(await reading(t, 'no file', { env: { TIDEGATE_CONFIG: '/nowhere/t.yaml' } })), [
    'TIDEGATE_CONFIG: there is no file /nowhere/t.yaml',
  ]);
  t.regex(problemsIn(await reading(t, 'no file', { file: '/' }))[0] ?? '', /cannot be read: EISDIR/);
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

test('settings about log-ins without a users file are problems, since they would let everyone in', async (t) => {
  t.deepEqual(problemsIn(await reading(t, 'users: {challenge: always, never-challenge: [10.0.0.0/8]}')), [
    'tidegate.yaml:1:20: users.challenge: requires users.file',
    'tidegate.yaml:1:45: users.never-challenge: requires users.file',
  ]);
});

test('users.required is refused by its name, with the line to write instead', async (t) => {
  const problem = async (text: string): Promise<readonly string[]> =>
    problemsIn(await reading(t, `users: {file: u, ${text}}`));
  t.deepEqual(await problem('required: true'), [
    'tidegate.yaml:1:18: users: "users.required" was replaced by "users.challenge" (write challenge: always)',
  ]);
  t.deepEqual(await problem('required: "false"'), [
    'tidegate.yaml:1:18: users: "users.required" was replaced by "users.challenge" (write challenge: on-need)',
  ]);
  t.deepEqual(await problem('required: maybe'), [
    'tidegate.yaml:1:18: users: "users.required" was replaced by "users.challenge" (write challenge: always for true, challenge: on-need for false)',
  ]);
  t.deepEqual(problemsIn(await reading(t, '', { env: { TIDEGATE_USERS_REQUIRED: 'true' } })), [
    'TIDEGATE_USERS_REQUIRED: "users.required" was replaced by "users.challenge" (write challenge: always)',
  ]);
});

test('networks that are never asked to log in are addresses and ranges, and another form has a hint', async (t) => {
  const read = (networks: string): ReturnType<typeof reading> =>
    reading(t, `users: {file: u, never-challenge: ${networks}}`);
  t.deepEqual(problemsIn(await read('[10.0.0.0/8, 192.0.2.7, "2001:db8::/32"]')), []);
  t.regex(problemsIn(await read('[10.0.0.1/8]')).join(), /expected an address or a range .*write 10\.0\.0\.0\/8/);
  t.regex(problemsIn(await read('[office]')).join(), /expected an address or a range \(write it like/);
});

test('connections fit into the files the process may open, two for a tunnel', async (t) => {
  t.is((await config(t, '', { openFiles: 1_024 }))['limits.connections'], 460);
  t.is((await config(t, '', { openFiles: 1_000_000 }))['limits.connections'], 8_000);
  t.is((await config(t, 'limits: {connections: 9500}', { openFiles: 1_024 }))['limits.connections'], 9_500);
  t.is((await config(t, '', { openFiles: 1_024 }))['limits.connections-per-client'], 345);
  t.is((await config(t, 'limits: {connections: 1}'))['limits.connections-per-client'], 1);
});

test('the configuration is frozen', async (t) => {
  const read = await config(t, '');
  t.true(Object.isFrozen(read));
});

test('an unreadable file is one problem', async (t) => {
  if (process.getuid?.() === 0) return t.pass('root reads everything');
  const folder = await folderWith(t, 'no file');
  const file = join(folder, 'tidegate.yaml');
  await writeFile(file, '');
  await chmod(file, 0);
  return t.deepEqual(problemsIn(await reading(t, '', { folder })), [
    'tidegate.yaml: the file cannot be read: EACCES (run it as the account that runs tidegate)',
  ]);
});

test('the file of the working folder comes first, then that of the machine', async (t) => {
  const machine = await folderWith(t, 'state: machine\n');
  const systemFile = join(machine, 'tidegate.yaml');
  t.is((await config(t, 'state: near\n', { systemFile })).state.split('/').at(-1), 'near');
  const far = await reading(t, 'no file', { systemFile });
  t.like(far, { kind: 'config', file: systemFile, config: { state: join(machine, 'machine') } });
  const [line] = far.kind === 'config' ? far.lines.filter(({ key }) => key === 'state') : [];
  t.is(line?.from, `${systemFile}:1:1`);
  const asked = await folderWith(t, 'state: asked\n');
  const named = { systemFile, file: join(asked, 'tidegate.yaml') };
  t.is((await config(t, 'state: near\n', named)).state, join(asked, 'asked'));
  t.like(await reading(t, 'no file', { systemFile, env: { TIDEGATE_CONFIG: named.file } }), { file: named.file });
});

test('a file of the working folder that others may have written is refused by name, unless it was asked for', async (t) => {
  const folder = await folderWith(t, 'state: planted\n');
  const file = join(folder, 'tidegate.yaml');
  for (const mode of [0o666, 0o664, 0o602]) {
    await chmod(file, mode);
    const found = problemsIn(await reading(t, '', { folder }));
    t.deepEqual(found, [
      `tidegate.yaml: the file was found in the working folder and is not used: its mode is 0${mode.toString(8)}, so that other accounts may write it (give it to this account and run chmod go-w, or name it: --config ${file})`,
    ]);
    t.is((await config(t, '', { folder, file })).state, join(folder, 'planted'));
  }
  await chmod(file, 0o644);
  t.is((await config(t, '', { folder })).state, join(folder, 'planted'));
});
