import test from 'ava';
import { SshReader, writeString, writeUint32 } from '../../../lib/protocol/ssh/ssh-reader.js';
import { string, uint32, uint64 } from './wire.js';

test('each type is read and moves on by its length', (t) => {
  const all = [Buffer.of(7, 0, 2), uint32(0xfffffffe), uint64(2n ** 64n - 1n), string('bytes', 'text', 'a,b')];
  const reader = new SshReader(Buffer.concat(all));
  t.is(reader.number(1), 7);
  t.is(reader.number(2), 2);
  t.is(reader.number(4), 0xfffffffe);
  t.is(reader.uint64(), 2n ** 64n - 1n);
  t.deepEqual(reader.string(), Buffer.from('bytes'));
  t.is(reader.text(), 'text');
  t.true(reader.left > 0);
  t.deepEqual(reader.names(), ['a', 'b']);
  t.true(reader.spent);
  t.is(reader.position, Buffer.concat(all).length);
});

test('what is beyond the end reads as nothing, and so does all that follows', (t) => {
  const reader = new SshReader(Buffer.concat([uint32(0xffffffff), string('there')]));
  t.is(reader.string().length, 0);
  t.false(reader.intact);
  t.deepEqual([reader.number(1), reader.number(4), reader.uint64(), reader.text(), reader.names()], [0, 0, 0n, '', []]);
  t.is(reader.position, 4);
});

test('text and names that are not what they must be break what is read', (t) => {
  for (const text of ['é', '\0', '\n', '\x7f']) {
    const reader = new SshReader(string(text));
    t.is(reader.text(), '');
    t.false(reader.intact);
  }
  const names = new SshReader(string('a,'));
  t.deepEqual(names.names(), []);
  t.false(names.intact);
});

test('strings and numbers are written as they are read', (t) => {
  t.deepEqual(writeString('text'), string('text'));
  t.deepEqual(writeString(Buffer.of(1, 2)), string(Buffer.of(1, 2)));
  t.deepEqual(writeUint32(0x80000001), uint32(0x80000001));
});
