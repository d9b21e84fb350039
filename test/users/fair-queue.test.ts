import test from 'ava';
import { FairQueue, type QueueLimits } from '../../lib/users/fair-queue.js';

const LIMITS: QueueLimits = { atOnce: 1, perSource: 10, total: 100, waitMs: 60_000 };

/** A queue whose tasks end when the test says so, and the order in which they ran. */
function held(limits: Partial<QueueLimits> = {}) {
  const queue = new FairQueue({ ...LIMITS, ...limits });
  const order: string[] = [];
  const ends: (() => void)[] = [];
  const run = (source: string, name: string): Promise<string> =>
    queue.run(source, async () => {
      order.push(name);
      await new Promise<void>((resolve) => ends.push(resolve));
      return name;
    });
  const endAll = async (): Promise<void> => {
    for (let end = ends.shift(); end !== undefined; end = ends.shift()) {
      end();
      await new Promise(setImmediate);
    }
  };
  return { queue, order, run, endAll };
}

test('sources have their turn one after the other, and the tasks of each in the order they came', async (t) => {
  const { order, run, endAll } = held();
  const all = ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'b2'].map((name) => run(name.slice(0, 1), name));
  await endAll();
  await Promise.all(all);
  t.deepEqual(order, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
});

test('a source that has its part waiting is busy; others are not', async (t) => {
  const { queue, run, endAll } = held({ perSource: 2 });
  const all = ['1', '2', '3', '4'].map((name) => run('a', name));
  t.is(await all[3], 'busy');
  t.is(queue.waiting, 2);
  const other = run('b', 'other');
  await endAll();
  t.is(await other, 'other');
  t.deepEqual(await Promise.all(all), ['1', '2', '3', 'busy']);
  t.is(queue.waiting, 0);
});

test('in a full queue a newcomer takes the place of the newest task of the source that has most', async (t) => {
  const { run, endAll } = held({ total: 4 });
  const all = ['a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'd1', 'b2'].map((name) => run(name.slice(0, 1), name));
  t.deepEqual(await Promise.all([all[3], all[2], all[7]]), ['busy', 'busy', 'busy']);
  await endAll();
  t.deepEqual(await Promise.all(all), ['a1', 'a2', 'busy', 'busy', 'b1', 'c1', 'd1', 'busy']);
});

test('a task that waited too long is busy, and leaves its place', async (t) => {
  const { queue, order, run, endAll } = held({ waitMs: 1 });
  const first = run('a', 'a1');
  t.is(await run('a', 'a2'), 'busy');
  t.is(await run('b', 'b1'), 'busy');
  t.is(queue.waiting, 0);
  await endAll();
  t.is(await first, 'a1');
  t.deepEqual(order, ['a1']);
});

test('a task that throws gives its place on', async (t) => {
  const { queue } = held();
  const failing = queue.run('a', () => Promise.reject(new Error('no memory')));
  const next = queue.run('b', () => Promise.resolve('done'));
  await t.throwsAsync(failing, { message: 'no memory' });
  t.is(await next, 'done');
});
