import { getEventListeners } from 'node:events';
import test from 'ava';
import { sleep, untilAborted, within } from '../../lib/system/deadline.js';

const never = new Promise<never>(() => undefined);
const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;

test.serial('work that is in time gives its value, and leaves no timer', async (t) => {
  const before = timers();
  t.is(await within(Promise.resolve(7), 60_000, 'late'), 7);
  await t.throwsAsync(within(Promise.reject(new Error('broken')), 60_000, 'late'), { message: 'broken' });
  t.is(timers(), before);
});

test.serial('work that is late is not waited for, and may still fail', async (t) => {
  let fail: (error: Error) => void = () => undefined;
  const work = new Promise<never>((_resolve, reject) => (fail = reject));
  t.is(await within(work, 1, 'late'), 'late');
  fail(new Error('after the deadline'));
  await new Promise(setImmediate);
});

test.serial('work is waited for until the signal, and no listener is left', async (t) => {
  const end = new AbortController();
  t.is(await untilAborted(Promise.resolve(7), end.signal, 'aborted'), 7);
  await t.throwsAsync(untilAborted(Promise.reject(new Error('broken')), end.signal, 'aborted'), { message: 'broken' });
  t.is(getEventListeners(end.signal, 'abort').length, 0);
  const waiting = untilAborted(never, end.signal, 'aborted');
  end.abort();
  t.is(await waiting, 'aborted');
  t.is(await untilAborted(never, end.signal, 'aborted'), 'aborted');
});

test.serial('a sleep ends at the signal, without a timer or a listener left', async (t) => {
  const before = timers();
  const end = new AbortController();
  const sleeping = sleep(60_000, end.signal);
  end.abort();
  await sleeping;
  await sleep(60_000, end.signal);
  t.is(timers(), before);
  t.is(getEventListeners(end.signal, 'abort').length, 0);
  await sleep(1);
});
