import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { OneShot } from '../../../lib/proxy/socket/one-shot.js';

test('every listener is called once, in order, and a removed one is not', (t) => {
  const event = new OneShot();
  const called: string[] = [];
  const removed = (): void => void called.push('removed');
  event.add(() => {
    called.push('first');
    event.remove(removed);
  });
  event.add(removed);
  event.add(() => called.push('last'));
  t.false(event.fired);
  event.fire();
  event.fire();
  t.deepEqual(called, ['first', 'last']);
  t.true(event.fired);
});

test('no listener takes the place of another', (t) => {
  const event = new OneShot();
  let calls = 0;
  const one = (): void => void (calls += 1);
  const other = (): void => void (calls += 10);
  event.add(one);
  event.add(other);
  event.remove(other);
  event.fire();
  t.is(calls, 1);
});

test('a listener that comes after the event is called at once', (t) => {
  const event = new OneShot();
  event.fire();
  let called = false;
  event.add(() => (called = true));
  t.true(called);
});

test('a wait gives the value of the work, its error, or what was agreed for the event', async (t) => {
  const event = new OneShot();
  t.is(await event.until(Promise.resolve('value'), 'instead'), 'value');
  await t.throwsAsync(event.until(Promise.reject(new Error('broken')), 'instead'), { message: 'broken' });
  const never = event.until(new Promise(() => undefined), 'instead');
  event.fire();
  t.is(await never, 'instead');
  t.is(await event.until(new Promise(() => undefined), 'instead'), 'instead');
});

test('the heap stays flat over 100,000 attempts', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const socketLife = new OneShot();
  let calls = 0;
  const attempt = async (): Promise<void> => {
    const cancellation = new OneShot();
    const onEnd = (): void => {
      calls += 1;
    };
    for (let step = 0; step < 3; step += 1) {
      cancellation.add(onEnd);
      cancellation.remove(onEnd);
    }
    socketLife.add(onEnd);
    await cancellation.until(Promise.resolve(), 'cancelled');
    socketLife.remove(onEnd);
    cancellation.fire();
  };
  const heapAfter = async (attempts: number): Promise<number> => {
    for (let count = 0; count < attempts; count += 1) await attempt();
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await heapAfter(1_000);
  const kept = (await heapAfter(100_000)) - before;
  // A single byte kept by each attempt would be 100,000; a listener is 50 or more.
  t.true(kept < 1_000_000, `${kept} bytes kept`);
  t.is(calls, 0);
});
