import test from 'ava';
import { Fields, writeString, writeUint32 } from '../../../lib/protocol/ssh/fields.js';
import { string, uint32, uint64 } from './wire.js';

test('each type is read and moves on by its length', (t) => {
  const all = [Buffer.of(7, 0, 2), uint32(0xfffffffe), uint64(2n ** 64n - 1n), string('bytes', 'text', 'a,b')];
  const fields = new Fields(Buffer.concat(all));
  t.is(fields.byte(), 7);
  t.false(fields.boolean());
  t.true(fields.boolean());
  t.is(fields.uint32(), 0xfffffffe);
  t.is(fields.uint64(), 2n ** 64n - 1n);
  t.deepEqual(fields.string(), Buffer.from('bytes'));
  t.is(fields.text(), 'text');
  t.is(fields.state, 'more');
  t.deepEqual(fields.names(), ['a', 'b']);
  t.is(fields.state, 'over');
  t.is(fields.position, Buffer.concat(all).length);
});

test('what is beyond the end reads as nothing, and so does all that follows', (t) => {
  const fields = new Fields(Buffer.concat([uint32(0xffffffff), string('there')]));
  t.is(fields.string().length, 0);
  t.is(fields.state, 'broken');
  t.deepEqual([fields.byte(), fields.uint32(), fields.uint64(), fields.text(), fields.names()], [0, 0, 0n, '', []]);
  t.is(fields.position, 4);
});

test('text and names that are not what they must be break what is read', (t) => {
  for (const text of ['é', '\0', '\n', '\x7f']) {
    const fields = new Fields(string(text));
    t.is(fields.text(), '');
    t.is(fields.state, 'broken');
  }
  const names = new Fields(string('a,'));
  t.deepEqual(names.names(), []);
  t.is(names.state, 'broken');
});

test('strings and numbers are written as they are read', (t) => {
  t.deepEqual(writeString('text'), string('text'));
  t.deepEqual(writeString(Buffer.of(1, 2)), string(Buffer.of(1, 2)));
  t.deepEqual(writeUint32(0x80000001), uint32(0x80000001));
});
