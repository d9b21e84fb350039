import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { AnchorSetting } from '../../../lib/outbox/anchors/index.js';
import { makeFolder } from '../../fixtures/folder.js';
import { until } from '../../fixtures/waiting.js';
import { anchorsOf, noteOf, plainParts } from './notes.js';

type Answer = (response: ServerResponse, request: IncomingMessage, body: string) => void;

/** A witness over HTTP that can be killed and brought back on its port, and answers as it is events. */
async function witness(t: ExecutionContext) {
  const got: string[] = [];
  let answer: Answer = (response) => void response.end();
  let server: Server | 'none' = 'none';
  const start = async (port: number): Promise<number> => {
    const made = createServer((request, response) => {
      let body = '';
      request.on('error', () => undefined);
      request.on('data', (bytes: Buffer) => (body += bytes.toString()));
      request.on('end', () => {
        got.push(body);
        answer(response, request, body);
      });
    });
    server = made;
    await new Promise<void>((resolve) => made.listen(port, '127.0.0.1', () => resolve()));
    return (made.address() as AddressInfo).port;
  };
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      const alive = server;
      server = 'none';
      if (alive === 'none') resolve();
      else {
        alive.close(() => resolve());
        alive.closeAllConnections();
      }
    });
  t.teardown(kill);
  const port = await start(0);
  const setting: AnchorSetting = {
    name: 'witness',
    target: { use: 'http', url: `http://127.0.0.1:${port}/checkpoints` },
    parts: plainParts,
  };
  return { got, kill, restart: () => start(port), setting, answering: (next: Answer) => (answer = next) };
}

test('a checkpoint is posted as it is, and any 2xx means that the anchor has it', async (t) => {
  const { got, setting, answering } = await witness(t);
  const types: unknown[] = [];
  answering((response, request) => {
    types.push(request.method, request.headers['content-type']);
    response.writeHead(202).end();
  });
  const { anchors, events } = await anchorsOf(t, [setting]);
  t.is(anchors.anchoredSize(), 0);
  t.like(anchors.status()[0], { name: 'witness', state: 'current', accepted: 'none' });
  anchors.onCheckpoint(noteOf(7), 7);
  await until(
    () => anchors.anchoredSize() === 7,
    () => 'never accepted',
  );
  t.deepEqual(got, [noteOf(7)]);
  t.deepEqual(types, ['POST', 'text/plain; charset=utf-8']);
  t.like(anchors.status()[0], { state: 'current', accepted: { size: 7, root: 'root-of-7' }, detail: 'none' });
  t.deepEqual(events, []);
});

test('an anchor that was away gets the newest checkpoint, and not those before it', async (t) => {
  const { got, setting, kill, restart } = await witness(t);
  const { anchors, events } = await anchorsOf(t, [setting]);
  await kill();
  anchors.onCheckpoint(noteOf(1), 1);
  await until(
    () => events.length > 0,
    () => 'the failure is not events',
  );
  for (let size = 2; size <= 50; size += 1) anchors.onCheckpoint(noteOf(size), size);
  t.is(anchors.anchoredSize(), 0);
  t.is(anchors.status()[0]?.state, 'behind');
  await restart();
  await until(
    () => anchors.anchoredSize() === 50,
    () => 'never caught up',
  );
  t.deepEqual(got, [noteOf(50)]);
  t.is(events.at(-1)?.kind, 'works_again');
  t.is(events.filter(({ kind }) => kind === 'failing').length, 1, 'one reason is events once');
});

test('an anchor that fails, breaks off or hangs is tried again until it takes it', async (t) => {
  const { got, setting, answering } = await witness(t);
  const answers: Answer[] = [
    (response) => void response.writeHead(503).end('busy'),
    (response) => void response.writeHead(400).end('bad'),
    (_, request) => void request.socket.destroy(),
    () => undefined,
    (response) => void response.end(),
  ];
  answering((response, request, body) => answers.shift()?.(response, request, body));
  const { anchors, events } = await anchorsOf(t, [{ ...setting, parts: { ...plainParts, timeoutMs: 3_000 } }]);
  anchors.onCheckpoint(noteOf(3), 3);
  await until(
    () => anchors.anchoredSize() === 3,
    () => 'never accepted',
  );
  t.is(got.length, 5);
  t.deepEqual(
    events.map((event) => ('detail' in event ? event.detail : event.kind)),
    ['answered 503: busy', 'answered 400: bad', 'socket hang up', 'no answer within 3000 ms', 'works_again'],
  );
});

test('what an anchor has is known after a restart, and nothing older is ever sent to it', async (t) => {
  const { got, setting } = await witness(t);
  const first = await anchorsOf(t, [setting]);
  first.anchors.onCheckpoint(noteOf(100), 100);
  await first.anchors.close(10_000);
  const second = await anchorsOf(t, [setting], first.folder);
  t.is(second.anchors.anchoredSize(), 100);
  second.anchors.onCheckpoint(noteOf(60), 60);
  await until(
    () => second.events.length > 0,
    () => 'going back is not events',
  );
  t.like(second.events[0], { kind: 'went_back', has: 100, offered: 60 });
  t.like(second.anchors.status()[0], { state: 'went_back', accepted: { size: 100 } });
  t.is(second.anchors.anchoredSize(), 0, 'what it vouches for is another history');
  second.anchors.onCheckpoint(noteOf(200), 200);
  await second.anchors.close(10_000);

  // Not even after the journal has grown past it, and after another restart.
  const third = await anchorsOf(t, [setting], first.folder);
  t.is(third.events[0]?.kind, 'went_back');
  third.anchors.onCheckpoint(noteOf(300), 300);
  await third.anchors.close(10_000);
  t.deepEqual(got, [noteOf(100)]);
});

test('another checkpoint of the same size is another history; the same one again is none', async (t) => {
  const { got, setting } = await witness(t);
  const { anchors, events } = await anchorsOf(t, [setting]);
  anchors.onCheckpoint(noteOf(5), 5);
  await until(
    () => anchors.anchoredSize() === 5,
    () => 'never accepted',
  );
  anchors.onCheckpoint(noteOf(5), 5);
  await until(
    () => got.length === 2,
    () => 'not sent again',
  );
  anchors.onCheckpoint(noteOf(5, 'forged'), 5);
  await until(
    () => events.length > 0,
    () => 'not events',
  );
  t.like(events[0], { kind: 'went_back', has: 5, offered: 5 });
});

test('all anchors must have it before it counts as anchored', async (t) => {
  const one = await witness(t);
  const other = await witness(t);
  const { anchors } = await anchorsOf(t, [one.setting, { ...other.setting, name: 'other' }]);
  await other.kill();
  anchors.onCheckpoint(noteOf(9), 9);
  await until(
    () => anchors.status()[0]?.state === 'current' && one.got.length === 1,
    () => 'the one that works does not have it',
  );
  t.is(anchors.anchoredSize(), 0);
  await other.restart();
  await until(
    () => anchors.anchoredSize() === 9,
    () => 'never both',
  );
  const none = await anchorsOf(t, []);
  t.is(none.anchors.anchoredSize(), 'no_anchors');
});

test('an anchor that stands still for too long is an alarm, once, until it advances', async (t) => {
  const { setting, kill, restart } = await witness(t);
  await kill();
  const { anchors, events } = await anchorsOf(t, [setting], 'none', 30);
  anchors.onCheckpoint(noteOf(4), 4);
  await until(
    () => events.some(({ kind }) => kind === 'stale'),
    () => 'no alarm',
  );
  t.is(anchors.status()[0]?.state, 'stale');
  t.is(events.filter(({ kind }) => kind === 'stale').length, 1);
  await restart();
  await until(
    () => events.some(({ kind }) => kind === 'works_again'),
    () => 'never works again',
  );
});

test('a place that was changed is a new anchor; a memory that cannot be read is events', async (t) => {
  const one = await witness(t);
  const other = await witness(t);
  const first = await anchorsOf(t, [one.setting]);
  first.anchors.onCheckpoint(noteOf(100), 100);
  await first.anchors.close(10_000);
  const moved = await anchorsOf(t, [other.setting], first.folder);
  t.is(moved.anchors.anchoredSize(), 0);
  await moved.anchors.close(0);
  await writeFile(join(first.folder, 'witness.json'), 'nonsense');
  const broken = await anchorsOf(t, [one.setting], first.folder);
  t.is(broken.events[0]?.kind, 'memory_problem');
  broken.anchors.onCheckpoint(noteOf(101), 101);
  await until(
    () => broken.anchors.anchoredSize() === 101,
    () => 'it does not go on',
  );
  const text = await readFile(join(first.folder, 'witness.json'), 'utf8');
  t.false(text.includes('127.0.0.1'), 'an address may hold a secret');
});

test('an end gives what waits a last chance, and does not wait for ever', async (t) => {
  const { got, setting, answering } = await witness(t);
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const ending = await anchorsOf(t, [setting], folder.path);
  ending.anchors.onCheckpoint(noteOf(1), 1);
  await ending.anchors.close(10_000);
  t.deepEqual(got, [noteOf(1)]);
  answering(() => undefined);
  const hanging = await anchorsOf(t, [setting], folder.path);
  hanging.anchors.onCheckpoint(noteOf(2), 2);
  await hanging.anchors.close(50);
  t.is(hanging.anchors.anchoredSize(), 1);
});
