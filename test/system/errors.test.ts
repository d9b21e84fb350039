import { readFile } from 'node:fs/promises';
import test from 'ava';
import { errorCode, errorMessage, errorReason, unlessAbsent } from '../../lib/system/errors.js';

const caught = (path: string): Promise<unknown> => readFile(path).catch((error: unknown) => error);

test("the system's code is the code of an error of the system", async (t) => {
  const error = await caught('/nowhere/at/all');
  t.is(errorCode(error), 'ENOENT');
  t.is(errorReason(error), 'ENOENT');
  t.regex(errorMessage(error), /no such file/);
});

test('an error without a code has its message for a reason', (t) => {
  for (const error of [new Error('broken'), Object.assign(new Error('broken'), { code: 7 }), 'broken']) {
    t.is(errorCode(error), 'none');
    t.is(errorReason(error), 'broken');
    t.is(errorMessage(error), 'broken');
  }
});

test('the message of several errors at once is all of theirs', (t) => {
  const both = [new Error('first'), new Error('second')];
  t.is(errorMessage(new AggregateError(both)), 'first, second');
  t.is(errorMessage(new AggregateError(both, 'together')), 'together');
});

test('only a missing path is absent', async (t) => {
  t.is(await unlessAbsent(readFile('/nowhere/at/all')), 'absent');
  t.is(await unlessAbsent(Promise.resolve('value')), 'value');
  await t.throwsAsync(unlessAbsent(readFile('/')), { code: 'EISDIR' });
});
