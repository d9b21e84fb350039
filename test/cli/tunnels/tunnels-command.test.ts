import { spawn } from 'node:child_process';
import { join } from 'node:path';
import test from 'ava';
import { echoing, startOrigin } from '../../fixtures/origin.js';
import { plainEnvironment } from '../../fixtures/program.js';
import { tunnelTo } from '../../fixtures/raw-client.js';
import { PROGRAM, startTidegate } from '../../fixtures/tidegate.js';
import { orHung, until } from '../../fixtures/waiting.js';
import { carriedOut, folderOf } from '../command.js';

test.serial('without a running instance there is nothing to list or cut, and the exit code is 3', async (t) => {
  const { path } = await folderOf(t);
  for (const command of [['tunnels'], ['cut', 'some-attempt']]) {
    const ran = await carriedOut([...command, '--state', path]);
    t.is(ran.code, 3);
    t.regex(ran.stderr, /^tidegate: no instance runs with the state folder /);
  }
});

test.serial('a filter, an order or a limit that cannot be understood is an error of usage', async (t) => {
  const { path } = await folderOf(t);
  for (const [options, words] of [
    [['--destination', 'a b'], /invalid --destination "a b"/],
    [['--sort', 'name'], /invalid --sort "name": use one of age, bytes, rate/],
    [['--limit', '0'], /invalid --limit "0"/],
  ] as const) {
    const ran = await carriedOut(['tunnels', '--state', path, ...options]);
    t.is(ran.code, 2);
    t.regex(ran.stderr, words);
  }
});

test.serial('tunnels are listed for people and as JSON, with the user, the rule and the rate', async (t) => {
  const origin = await startOrigin(echoing);
  const running = await startTidegate({ users: { 'spaces-1.web': 'x' } });
  const state = join(running.folder.path, 'state');
  t.teardown(async () => {
    await running.discard();
    await origin.close();
  });
  const none = await carriedOut(['tunnels', '--state', state]);
  t.is(none.stdout, 'nothing is open\n');
  const authority = `127.0.0.1:${origin.port}`;
  const credentials = `Proxy-Authorization: Basic ${Buffer.from('spaces-1.web:x').toString('base64')}`;
  const client = await tunnelTo(running.port, authority, credentials);
  await client.send('hello');
  await client.readBytes(5);
  const text = await carriedOut(['tunnels', '--state', state]);
  t.is(text.code, 0);
  t.regex(text.stdout, /^ATTEMPT +AGE +CLIENT +DESTINATION +RULE +SEEN +OUT +IN +RATE\n/);
  const row = new RegExp(
    ` spaces-1\\.web \\(127\\.0\\.0\\.1\\) +${authority} +loopback/loopback +not checked +5 B +5 B +0 B/s out`,
  );
  t.regex(text.stdout, row);
  const { open, tunnels } = JSON.parse((await carriedOut(['tunnels', '--state', state, '--json'])).stdout) as {
    readonly open: number;
    readonly tunnels: readonly object[];
  };
  t.is(open, 1);
  t.like(tunnels[0], {
    client: { user: 'spaces-1.web' },
    destination: { host: '127.0.0.1', port: origin.port },
    rule: 'loopback/loopback',
    bytes_out: 5,
    bytes_in: 5,
    bytes_per_second_out: 0,
    checks: [],
  });
  const others = await carriedOut(['tunnels', '--state', state, '--user', 'someone-else']);
  t.is(others.stdout, 'nothing is open\n');
  client.close();
});

test.serial('a watched list is printed again and again until a signal, and ends with 0', async (t) => {
  const running = await startTidegate();
  t.teardown(running.discard);
  const state = join(running.folder.path, 'state');
  const child = spawn(process.execPath, [PROGRAM, 'tunnels', '--watch', '--json', '--state', state], {
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const ended = new Promise((resolve) => child.once('close', resolve));
  await until(
    () => said.split('\n').length > 2,
    () => `said ${said}`,
  );
  child.kill('SIGINT');
  t.is(await orHung(ended, () => 'does not end'), 0);
  t.like(JSON.parse(said.split('\n')[0] ?? ''), { open: 0, tunnels: [] });
});
