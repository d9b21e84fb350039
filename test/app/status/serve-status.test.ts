import { once } from 'node:events';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { requestStatus } from '../../../lib/app/status/request-status.js';
import type { Status } from '../../../lib/app/status/status.js';
import { sendRequest } from '../../../lib/app/status/send-request.js';
import { serveStatus, type SocketAnswers } from '../../../lib/app/status/serve-status.js';
import { folderOf } from '../../cli/command.js';
import { pause } from '../../fixtures/waiting.js';

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
  connections: {
    ...{ open: 0, tunnels: 0, limit: 1, per_client_limit: 1, largest_client: 0, tentacles: 0, reached: [], dropped: 0 },
    gone: { client: 0, destination: 0 },
  },
  attempts: { allowed: 0, would_deny: 0, denied: 0, refused: 0, failed: 0, unrecorded: 0 },
  dns: { cached: 0, limit: 0 },
  log: { dropped: 0 },
};

const ANSWERS: SocketAnswers = { status: () => status, request: (line) => Promise.resolve({ asked: line }) };

test.serial('the answer is that of the question, also where a socket was left behind', async (t) => {
  const { path } = await folderOf(t);
  t.deepEqual(await requestStatus(path), { kind: 'not_running' });
  await writeFile(join(path, 'status.sock'), 'left behind');
  const telling = await serveStatus(path, ANSWERS);
  if (telling.kind === 'not_serving') return t.fail(telling.detail);
  t.deepEqual(await requestStatus(path), { kind: 'status', status });
  await telling.close();
  return t.deepEqual(await requestStatus(path), { kind: 'not_running' });
});

test.serial('anyone who asks and does not hang up does not keep the instance from ending', async (t) => {
  const { path } = await folderOf(t);
  const telling = await serveStatus(path, ANSWERS);
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
    const telling = await serveStatus(long, ANSWERS);
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
  const telling = await serveStatus(state, ANSWERS);
  t.is(telling.kind, 'serving');
  t.is((await requestStatus(state)).kind, 'status');
  t.true((await stat(join(state, 'status.sock'))).isSocket());
  if (telling.kind === 'serving') await telling.close();
});

/** Connects to the socket of a state folder. */
async function connected(t: ExecutionContext, path: string): Promise<Socket> {
  const socket = connect({ path: join(path, 'status.sock'), allowHalfOpen: true }).setEncoding('utf8');
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function readAll(socket: Socket): Promise<string> {
  let text = '';
  for await (const part of socket) text += String(part);
  return text;
}

test.serial(
  'a client that sends nothing and does not end its half gets the status: earlier versions do that',
  async (t) => {
    const { path } = await folderOf(t);
    const serving = await serveStatus(path, ANSWERS, { silent: 50, whole: 20_000 });
    if (serving.kind === 'not_serving') return t.fail(serving.detail);
    t.deepEqual(JSON.parse(await readAll(await connected(t, path))), status);
    return serving.close();
  },
);

test.serial('a line is answered as a request, also in pieces and without an end of line', async (t) => {
  const { path } = await folderOf(t);
  const serving = await serveStatus(path, ANSWERS, { silent: 20_000, whole: 20_000 });
  if (serving.kind === 'not_serving') return t.fail(serving.detail);
  t.deepEqual(await sendRequest(path, 'a question'), { kind: 'reply', reply: { asked: 'a question' } });
  const slow = await connected(t, path);
  slow.write('a ');
  await pause(20);
  slow.write('question\nand more');
  t.deepEqual(JSON.parse(await readAll(slow)), { asked: 'a question' });
  const unended = await connected(t, path);
  unended.end('a question');
  t.deepEqual(JSON.parse(await readAll(unended)), { asked: 'a question' });
  return serving.close();
});

test.serial('a line that is too long, too slow, or whose answer fails is refused in words', async (t) => {
  const { path } = await folderOf(t);
  const request = (): Promise<object> => Promise.reject(new Error('no idea'));
  const serving = await serveStatus(path, { status: () => status, request }, { silent: 20_000, whole: 20_000 });
  if (serving.kind === 'not_serving') return t.fail(serving.detail);
  const refusal = (words: string): unknown => ({ kind: 'reply', reply: { reply: 'rejected', problems: [words] } });
  t.deepEqual(await sendRequest(path, 'x'.repeat(100_000)), refusal('the request line is too long, or came too late'));
  t.deepEqual(await sendRequest(path, 'why?'), refusal('the request failed: no idea'));
  await serving.close();
  const brisk = await serveStatus(path, ANSWERS, { silent: 20_000, whole: 50 });
  if (brisk.kind === 'not_serving') return t.fail(brisk.detail);
  const unfinished = await connected(t, path);
  unfinished.write('a quest');
  t.like(JSON.parse(await readAll(unfinished)), { reply: 'rejected' });
  return brisk.close();
});

test.serial('a client that does not read a long answer does not keep the instance from ending', async (t) => {
  const { path } = await folderOf(t);
  const long = { text: 'x'.repeat(8 * 1024 * 1024) };
  const times = { silent: 20_000, whole: 20_000 };
  const serving = await serveStatus(path, { status: () => status, request: () => Promise.resolve(long) }, times);
  if (serving.kind === 'not_serving') return t.fail(serving.detail);
  const deaf = await connected(t, path);
  deaf.pause();
  deaf.write('a question\n');
  const heard = await sendRequest(path, 'another');
  t.is(heard.kind === 'reply' && JSON.stringify(heard.reply).length, JSON.stringify(long).length);
  await serving.close();
  return t.pass();
});

test.serial('an instance of an earlier version, which answers every line with its status, is heard', async (t) => {
  const { path } = await folderOf(t);
  const before = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write('{"version":"0"}\n');
    socket.destroySoon();
  });
  t.teardown(() => before.close());
  await new Promise<void>((resolve) => before.listen(join(path, 'status.sock'), resolve));
  t.deepEqual(await sendRequest(path, 'a question'), { kind: 'reply', reply: { version: '0' } });
});
