import test from 'ava';
import { isObject } from '../../../lib/system/values/objects.js';

test('an object is neither null, an array nor a plain value', (t) => {
  for (const value of [{}, { a: 1 }, Object.create(null)]) t.true(isObject(value));
  for (const value of [null, [], '', 'a', 1, true, undefined]) t.false(isObject(value));
});
