import test from 'ava';
import { PendingWork } from '../../../lib/proxy/registry/index.js';

/** A promise, and the way to settle it. */
function work(): { readonly promise: Promise<void>; readonly end: () => void } {
  let end = (): void => undefined;
  const promise = new Promise<void>((resolve) => (end = resolve));
  return { promise, end };
}

test('with nothing under way, a stop does not wait', async (t) => {
  await new PendingWork().settled();
  t.pass();
});

test('a stop waits for all that was begun, also for what was begun while it waited', async (t) => {
  const pendingWork = new PendingWork();
  const [first, second] = [work(), work()];
  pendingWork.track(first.promise);
  let over = false;
  const waiting = pendingWork.settled().then(() => (over = true));
  pendingWork.track(second.promise);
  first.end();
  await first.promise;
  await new Promise(setImmediate);
  t.false(over);
  second.end();
  await waiting;
  t.true(over);
});
