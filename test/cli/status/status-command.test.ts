import { join } from 'node:path';
import test from 'ava';
import { startTidegate } from '../../fixtures/tidegate.js';
import { until } from '../../fixtures/waiting.js';
import { asAnotherAccount, carriedOut, folderOf } from '../command.js';

test.serial('status without a running instance ends with exit code 3', async (t) => {
  const { path } = await folderOf(t);
  const ran = await carriedOut(['status', '--state', path]);
  t.is(ran.code, 3);
  t.regex(ran.stderr, /^tidegate: no instance runs with the state folder /);
});

test.serial('status shows the state, degraded while a policy change is rejected', async (t) => {
  const running = await startTidegate({ users: { a: 'x' } });
  t.teardown(running.discard);
  const state = join(running.folder.path, 'state');
  const ask = (...args: string[]) => carriedOut(['status', '--state', state, ...args]);
  const well = await ask('--json');
  t.is(well.code, 0);
  t.like(JSON.parse(well.stdout), {
    pid: running.pid,
    degraded: [],
    stopping: false,
    listeners: [`127.0.0.1:${running.port}`],
    policies: { rules: 2, rejected: null },
    journal: { state: 'writing', problem: null },
    users: { count: 1, challenge: 'on-need', problems: [] },
    attempts: { allowed: 0, denied: 0 },
  });
  await running.folder.write(join('policies', 'loopback.yaml'), 'policy: broken\n');
  await until(
    async () => (await ask()).code === 1,
    () => `not degraded; said ${running.said()}`,
  );
  const text = (await ask()).stdout;
  t.regex(text, /running for \S+, degraded/);
  t.regex(text, /the last policy change was rejected; an older set is in force/);
  t.regex(text, /rejected: loopback\.yaml:1:1: /);
  await running.folder.write(join('policies', 'loopback.yaml'), 'policy: mended\ndeny: []\nallow: []\n');
  await running.folder.write(
    join('policies', 'loopback.yaml'),
    'policy: mended\nallow: [{id: a, to: [a.example], protocol: tls}]\n',
  );
  await until(
    async () => (await ask()).code === 0,
    () => `still degraded; said ${running.said()}`,
  );
  const outcomes = async () =>
    (await running.journal()).filter((line) => line['kind'] === 'policy').map((line) => line['outcome']);
  // The record follows the adoption.
  await until(
    async () => (await outcomes()).at(-1) === 'adopted',
    () => `no record of the last policy; said ${running.said()}`,
  );
  t.is((await outcomes())[0], 'adopted');
  t.true((await outcomes()).includes('rejected'));
  t.is(await running.stop(), 0);
  t.is((await ask()).code, 3);
});

test.serial('an account that may not see the state folder learns that, and not that nothing runs', async (t) => {
  const { path } = await folderOf(t, { 'state/journal/README': '' });
  const state = join(path, 'state');
  const [status, list, users] = await asAnotherAccount(path, async () => [
    await carriedOut(['status', '--state', state]),
    await carriedOut(['audit', 'list', '--state', state]),
    await carriedOut(['user', 'list', '--users', join(path, 'users')]),
  ]);
  t.like(status, { code: 77, stdout: '' });
  t.regex(status.stderr, /^tidegate: cannot ask the instance with the state folder/);
  t.like(list, { code: 66, stdout: '' });
  t.like(users, { code: 66, stdout: '' });
  for (const ran of [status, list, users]) t.regex(ran.stderr, /run it as the account that runs tidegate\n/);
});
