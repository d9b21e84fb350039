import test from 'ava';
import { ByteReader } from '../../lib/protocol/byte-reader.js';

test('numbers and vectors come in their order, until nothing is left', (t) => {
  const reader = new ByteReader(Buffer.from('0102030405060002aabb01cc', 'hex'));
  t.is(reader.number(1), 1);
  t.is(reader.number(2), 0x0203);
  t.is(reader.number(3), 0x040506);
  t.deepEqual(reader.vector(2), Buffer.from('aabb', 'hex'));
  t.false(reader.spent);
  t.is(reader.skip(1), 1);
  t.is(reader.left, 0);
  t.is(reader.position, 12);
  t.true(reader.spent);
});

test('what is not there is nothing, and is remembered', (t) => {
  for (const read of [
    (reader: ByteReader): unknown => reader.number(3),
    (reader: ByteReader): unknown => reader.take(3).length,
    (reader: ByteReader): unknown => reader.vector(1).length,
    (reader: ByteReader): unknown => reader.take(Infinity).length,
  ]) {
    const reader = new ByteReader(Buffer.from([9, 1]));
    t.is(read(reader), 0);
    t.false(reader.intact);
    t.is(reader.number(1), 0, 'once broken, nothing more is read');
    t.false(reader.spent);
  }
});

test('a vector that does not fill its bytes is broken from the start', (t) => {
  const whole = ByteReader.ofVector(Buffer.from('0002aabb', 'hex'), 2);
  t.deepEqual(whole.take(2), Buffer.from('aabb', 'hex'));
  t.true(whole.spent);
  t.true(ByteReader.ofVector(Buffer.from('00', 'hex'), 1).spent, 'an empty one fills them too');
  for (const bytes of ['', '00', '0002aa', '0002aabbcc', '000000']) {
    const reader = ByteReader.ofVector(Buffer.from(bytes, 'hex'), 2);
    t.false(reader.intact, bytes);
    t.is(reader.number(1), 0);
    t.false(reader.spent);
  }
});

test('a failure of the caller ends the reading too', (t) => {
  const reader = new ByteReader(Buffer.from([1, 2, 3, 4]));
  t.is(reader.number(4), 0x01020304);
  t.true(reader.spent);
  reader.fail();
  t.false(reader.spent);
});
