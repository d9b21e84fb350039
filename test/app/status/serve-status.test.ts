import { mkdir, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { requestStatus } from '../../../lib/app/status/request-status.js';
import type { Status } from '../../../lib/app/status/status.js';
import { serveStatus } from '../../../lib/app/status/serve-status.js';
import { folderOf } from '../../cli/command.js';

const status: Status = {
  version: '1.2.3',
  pid: 1,
  started: '2026-01-01T00:00:00.000Z',
  now: '2026-01-01T00:00:01.000Z',
  degraded: [],
  stopping: false,
  listeners: [],
  policies: {
    folder: '/p',
    revision: 'r',
    adopted: '2026-01-01T00:00:00.000Z',
    checked: '2026-01-01T00:00:00.000Z',
    rules: 0,
    policies: [],
    warnings: [],
    rejected: null,
  },
  journal: { folder: '/j', state: 'writing', seq: 1, problem: null, removal_held: null },
  checkpoint: null,
  anchors: [],
  sinks: [],
  users: null,
  connections: { open: 0, tunnels: 0, limit: 1 },
  attempts: { allowed: 0, would_deny: 0, denied: 0, refused: 0, failed: 0, unrecorded: 0 },
  dns: { cached: 0, limit: 0 },
  log: { dropped: 0 },
};

test.serial('the answer is that of the question, also where a socket was left behind', async (t) => {
  const { path } = await folderOf(t);
  t.deepEqual(await requestStatus(path), { kind: 'not_running' });
  await writeFile(join(path, 'status.sock'), 'left behind');
  const telling = await serveStatus(path, () => status);
  if (telling.kind === 'not_serving') return t.fail(telling.detail);
  t.deepEqual(await requestStatus(path), { kind: 'status', status });
  await telling.close();
  return t.deepEqual(await requestStatus(path), { kind: 'not_running' });
});

test.serial('anyone who asks and does not hang up does not keep the instance from ending', async (t) => {
  const { path } = await folderOf(t);
  const telling = await serveStatus(path, () => status);
  if (telling.kind === 'not_serving') return t.fail(telling.detail);
  const silent = connect({ path: join(path, 'status.sock'), allowHalfOpen: true });
  t.teardown(() => silent.destroy());
  await new Promise((resolve) => silent.once('connect', resolve));
  await telling.close();
  return t.pass();
});

test.serial(
  'a state folder whose path is too long for a socket is said to be, and reported to anyone who asks',
  async (t) => {
    const { path } = await folderOf(t);
    const long = join(path, 'x'.repeat(120));
    await mkdir(long);
    const telling = await serveStatus(long, () => status);
    t.is(telling.kind, 'not_serving');
    if (telling.kind === 'not_serving') t.regex(telling.detail, /longer than the 10\d bytes/);
    t.like(await requestStatus(long), { kind: 'no_answer' });
  },
);

test.serial('from inside the folder above, a long path is short enough', async (t) => {
  const { path } = await folderOf(t);
  const state = join(path, 'x'.repeat(90), 'state');
  await mkdir(state, { recursive: true });
  const before = process.cwd();
  process.chdir(join(state, '..'));
  t.teardown(() => process.chdir(before));
  const telling = await serveStatus(state, () => status);
  t.is(telling.kind, 'serving');
  t.is((await requestStatus(state)).kind, 'status');
  t.true((await stat(join(state, 'status.sock'))).isSocket());
  if (telling.kind === 'serving') await telling.close();
});
