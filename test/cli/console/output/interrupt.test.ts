import test from 'ava';
import { interruptible } from '../../../../lib/cli/console/output/interrupt.js';

test.serial('work that is not interrupted ends as done', async (t) => {
  t.is(await interruptible(() => Promise.resolve()), 'done');
});

test.serial('a signal aborts the work once, and its handlers are removed', async (t) => {
  const before = process.listenerCount('SIGTERM');
  const ending = await interruptible((signal) => {
    t.false(signal.aborted);
    process.emit('SIGTERM');
    t.true(signal.aborted);
    return Promise.resolve();
  });
  t.is(ending, 'signal');
  t.is(process.listenerCount('SIGTERM'), before);
});

test.serial('an error of standard output means that its reader has gone away', async (t) => {
  const before = process.stdout.listenerCount('error');
  const ending = await interruptible((signal) => {
    process.stdout.emit('error', new Error('EPIPE'));
    t.true(signal.aborted);
    return Promise.resolve();
  });
  t.is(ending, 'output_closed');
  t.is(process.stdout.listenerCount('error'), before);
});
