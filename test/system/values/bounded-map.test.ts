import test from 'ava';
import { setBounded } from '../../../lib/system/values/bounded-map.js';

test('the oldest key goes when the map is full, and a key that is set again is the newest', (t) => {
  const map = new Map<string, number>();
  for (const [value, key] of ['a', 'b', 'c', 'b', 'd'].entries()) setBounded(map, key, value, 3);
  t.deepEqual(
    [...map],
    [
      ['c', 2],
      ['b', 3],
      ['d', 4],
    ],
  );
});

test('a map that got a lower limit shrinks to it', (t) => {
  const map = new Map(['a', 'b', 'c', 'd'].map((key) => [key, 1]));
  setBounded(map, 'e', 1, 2);
  t.deepEqual([...map.keys()], ['d', 'e']);
  setBounded(map, 'f', 1, 0);
  t.is(map.size, 0);
});
