import test from 'ava';
import { Unfinished } from '../../../lib/proxy/presence/index.js';

/** A promise, and the way to settle it. */
function work(): { readonly promise: Promise<void>; readonly end: () => void } {
  let end = (): void => undefined;
  const promise = new Promise<void>((resolve) => (end = resolve));
  return { promise, end };
}

test('with nothing under way, a stop does not wait', async (t) => {
  await new Unfinished().finished();
  t.pass();
});

test('a stop waits for all that was begun, also for what was begun while it waited', async (t) => {
  const unfinished = new Unfinished();
  const [first, second] = [work(), work()];
  unfinished.note(first.promise);
  let over = false;
  const waiting = unfinished.finished().then(() => (over = true));
  unfinished.note(second.promise);
  first.end();
  await first.promise;
  await new Promise(setImmediate);
  t.false(over);
  second.end();
  await waiting;
  t.true(over);
});
