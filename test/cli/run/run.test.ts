import { chmod } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { silent, startOrigin } from '../../fixtures/origin.js';
import { tunnelTo } from '../../fixtures/raw-client.js';
import { onSmallDisk, testOnSmallDisk } from '../../fixtures/small-disk.js';
import { LOOPBACK_POLICY, startTidegate } from '../../fixtures/tidegate.js';
import { until } from '../../fixtures/waiting.js';
import { carriedOut, folderOf, tidegate } from '../command.js';

test.serial(
  'SIGTERM ends with exit code 0, and the journal begins with the start and ends with the stop',
  async (t) => {
    const running = await startTidegate();
    t.teardown(running.discard);
    t.like(running.started, { event: 'started', listeners: [`127.0.0.1:${running.port}`], policies: { rules: 2 } });
    t.is(await running.stop(), 0);
    const kinds = (await running.journal()).map((line) => line['kind']);
    t.is(kinds.at(-1), 'checkpoint', 'the end is signed');
    t.deepEqual(
      kinds.filter((kind) => kind !== 'segment' && kind !== 'checkpoint'),
      ['start', 'policy', 'stop'],
    );
  },
);

test.serial('a second signal ends the process at once', async (t) => {
  const running = await startTidegate({ config: { shutdown: { drain: '1h' } } });
  t.teardown(running.discard);
  const origin = await startOrigin(silent);
  t.teardown(origin.close);
  const held = await tunnelTo(running.port, `127.0.0.1:${origin.port}`);
  t.teardown(held.close);
  running.signal('SIGTERM');
  await until(
    () => running.said().includes('"stopping'),
    () => running.said(),
  );
  running.signal('SIGTERM');
  t.is(await running.ended, 143);
});

test.serial('SIGHUP reloads policies, users and DNS servers at once', async (t) => {
  const running = await startTidegate({ users: { a: 'x' } });
  t.teardown(running.discard);
  await running.folder.write(
    join('policies', 'loopback.yaml'),
    LOOPBACK_POLICY.replace('policy: loopback', 'policy: other'),
  );
  running.signal('SIGHUP');
  await running.recorded((line) => line['kind'] === 'policy' && line['previous'] !== null, 'the new policy');
  t.regex(running.said(), /reading policies, users and DNS servers again/);
});

test.serial('SIGUSR1 opens no debugger', async (t) => {
  const running = await startTidegate();
  t.teardown(running.discard);
  running.signal('SIGUSR1');
  await until(
    () => running.said().includes('the debugger stays closed'),
    () => running.said(),
  );
  t.notRegex(running.said(), /Debugger listening/);
});

test.serial('a port in use ends with exit code 69', async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  t.teardown(() => taken.close());
  const address = taken.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { path } = await folderOf(t);
  const ran = await tidegate(['--state', path, '--listen', `127.0.0.1:0,127.0.0.1:${port}`]);
  t.like(ran, { code: 69, stdout: '' });
  t.regex(
    ran.stderr,
    new RegExp(`^tidegate: cannot listen on 127\\.0\\.0\\.1:${port} \\(EADDRINUSE\\)\n  the port is in use`, 'm'),
  );
});

test.serial('unreadable policies end with exit code 66, invalid ones with 78, and no file remains', async (t) => {
  const { path, write } = await folderOf(t, { 'bad/bad.yaml': 'alow: []\n' });
  const start = (policies: string) =>
    tidegate(['--state', join(path, 'state'), '--policies', policies, '--listen', '127.0.0.1:0']);
  t.is((await start(join(path, 'none'))).code, 66);
  const bad = await start(join(path, 'bad'));
  t.is(bad.code, 78);
  t.regex(bad.stderr, /bad\.yaml:1:1: error: unknown key "alow"/);
  t.is((await carriedOut(['status', '--state', join(path, 'state')])).code, 3);
  t.is((await carriedOut(['audit', 'list', '--state', join(path, 'state')])).code, 66);
  await t.notThrowsAsync(write('done', ''));
});

test.serial('a journal that cannot be written ends with exit code 73', async (t) => {
  const { path } = await folderOf(t, { 'state/journal': 'a file where the folder should be' });
  const ran = await tidegate(['--state', join(path, 'state'), '--listen', '127.0.0.1:0']);
  t.is(ran.code, 73);
  t.regex(ran.stderr, /^tidegate: cannot write the journal in/);
});

testOnSmallDisk('a first start on a full disk ends with 73, at whichever file there is no room', async (t) => {
  const { path } = await folderOf(t);
  const script = fileURLToPath(new URL('first-starts.js', import.meta.url));
  const ran = await onSmallDisk(path, '2m', script);
  t.is(ran.status, 0, ran.stderr);
  const starts = JSON.parse(ran.stdout) as (readonly [code: number | string, said: string])[];
  t.true(starts.length > 2);
  t.deepEqual(starts.at(-1), ['started', '']);
  for (const [code, said] of starts.slice(0, -1)) {
    t.is(code, 73, said);
    t.regex(said, /tidegate: cannot (write|record)/);
  }
});

test.serial('a second instance on a state folder ends with exit code 75, and the first continues', async (t) => {
  const running = await startTidegate();
  t.teardown(running.discard);
  const ran = await tidegate(['--config', join(running.folder.path, 'tidegate.yaml')]);
  t.is(ran.code, 75);
  t.regex(ran.stderr, new RegExp(`^tidegate: another instance \\(process ${running.pid}\\)`));
  t.is((await carriedOut(['status', '--state', join(running.folder.path, 'state')])).code, 0);
  t.is(await running.stop(), 0);
});

test.serial('an invalid configuration, users file or log transport ends with exit code 78', async (t) => {
  const { path, write } = await folderOf(t);
  const start = async (config: string): Promise<readonly [number | string, string]> => {
    const file = await write('tidegate.yaml', `listen: ["127.0.0.1:0"]\n${config}`);
    const { code, stderr } = await tidegate(['--config', file], { cwd: path });
    return [code, stderr];
  };
  const key = await start('colour: red\n');
  t.is(key[0], 78);
  t.regex(
    key[1],
    /^tidegate: invalid configuration\n {2}tidegate.yaml:2:1: error: unknown key "colour" \[unknown_key\]\n {4}2 \| colour: \*\*\*\n/,
  );
  const users = await start('users: {file: none}\n');
  t.is(users[0], 78);
  t.regex(users[1], /none: error: there is no users file \[unreadable\]\n.*hint: make it with tidegate user add NAME/);
  await chmod(await write('open', ''), 0o644);
  const open = await start('users: {file: open}\n');
  t.is(open[0], 78);
  t.regex(open[1], /chmod 600/);
  const transport = await start('log: {transports: [{use: winston-of-nobody}]}\n');
  t.deepEqual(transport, [
    78,
    'tidegate: invalid log.transports: cannot load "winston-of-nobody"\n  cannot find module \'winston-of-nobody\'\n',
  ]);
});

test.serial('unsafe flags of Node end with exit code 77', async (t) => {
  const { path } = await folderOf(t);
  const environment = { NODE_OPTIONS: '--insecure-http-parser' };
  const ran = await tidegate(['--state', path], { environment });
  t.is(ran.code, 77);
  t.is(
    ran.stderr,
    "tidegate: remove the unsafe flags of Node\n  --insecure-http-parser: makes Node's HTTP parser accept malformed requests\n",
  );
});

test.serial('an unexpected error is logged and recorded, and ends with exit code 70', async (t) => {
  const { write } = await folderOf(t);
  const bug = `import { isMainThread } from 'node:worker_threads';
    if (isMainThread) process.on('SIGUSR2', () => { throw new Error('a bug'); });`;
  const running = await startTidegate({ nodeArguments: ['--import', await write('bug.mjs', bug)] });
  t.teardown(running.discard);
  running.signal('SIGUSR2');
  t.is(await running.ended, 70);
  t.regex(running.said(), /unexpected error, shutting down/);
  t.like((await running.journal()).at(-2), { kind: 'stop', cause: 'bug' });
});
