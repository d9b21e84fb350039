import test from 'ava';
import { Fields } from '../../../lib/protocol/tls/index.js';

test('numbers and vectors come in their order, until nothing is left', (t) => {
  const fields = new Fields(Buffer.from('0102030405060002aabb01cc', 'hex'));
  t.is(fields.number(1), 1);
  t.is(fields.number(2), 0x0203);
  t.is(fields.number(3), 0x040506);
  t.deepEqual(fields.vector(2), Buffer.from('aabb', 'hex'));
  t.false(fields.spent);
  t.is(fields.pass(1), 1);
  t.true(fields.spent);
});

test('what is not there is nothing, and is remembered', (t) => {
  for (const read of [
    (fields: Fields): unknown => fields.number(3),
    (fields: Fields): unknown => fields.take(3).length,
    (fields: Fields): unknown => fields.vector(1).length,
  ]) {
    const fields = new Fields(Buffer.from([9, 1]));
    t.is(read(fields), 0);
    t.false(fields.intact);
    t.is(fields.number(1), 0, 'once broken, nothing more is read');
    t.false(fields.spent);
  }
});
