import test from 'ava';
import { POOLED_TIMEOUT } from './client.js';
import { ConnectionPool } from './pool.js';

/** A pool at a time that the test sets, of connections that note their ends. */
function pooled() {
  const clock = { now: 0 };
  const ended: string[] = [];
  const connection = (name: string) => ({ name, end: () => Promise.resolve(void ended.push(name)) });
  return {
    clock,
    ended,
    connection,
    pool: new ConnectionPool<ReturnType<typeof connection>>(POOLED_TIMEOUT, () => clock.now),
  };
}

test('five idle connections are kept for an endpoint, and the one that was first goes', async (t) => {
  const { pool, connection, ended } = pooled();
  for (const name of ['1', '2', '3', '4', '5', '6', '7']) await pool.give('a', connection(name));
  await pool.give('b', connection('other'));
  t.is(pool.idle('a'), 5);
  // The seventh took the place of the first, and so was the first to be found.
  t.deepEqual(ended, ['1', '7']);
});

test('a connection that has been idle for over nine minutes is ended when it is asked for', async (t) => {
  const { pool, connection, ended, clock } = pooled();
  await pool.give('a', connection('old'));
  clock.now = 1;
  await pool.give('a', connection('young'));
  clock.now = POOLED_TIMEOUT + 1;
  t.deepEqual(ended, []);
  const taken = await pool.take('a');
  t.is(taken === 'none' ? taken : taken.name, 'young');
  t.deepEqual(ended, ['old']);
  t.is(await pool.take('a'), 'none');
});

test('clearing ends what is kept', async (t) => {
  const { pool, connection, ended } = pooled();
  for (const name of ['1', '2']) await pool.give('a', connection(name));
  await pool.give('b', connection('3'));
  await pool.clear('a');
  t.deepEqual(ended, ['1', '2']);
  await pool.clear();
  t.deepEqual(ended, ['1', '2', '3']);
});
