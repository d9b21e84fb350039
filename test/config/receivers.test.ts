import test from 'ava';
import { transport } from '../../lib/config/receivers.js';

test('a transport has a name and options; its problems do not repeat their values', (t) => {
  t.deepEqual(transport.read({ use: 'file' }, '/'), { kind: 'value', value: { use: 'file', options: {} } });
  const given = { use: '@corp/winston-x', options: { token: 's' } };
  t.deepEqual(transport.read(given, '/'), { kind: 'value', value: given });
  for (const raw of [
    'file',
    {},
    { use: '../x' },
    { use: 'file', options: ['secret'] },
    { use: 'file', token: 'secret' },
  ]) {
    const read = transport.read(raw, '/');
    t.is(read.kind, 'problems');
    t.notRegex(JSON.stringify(read), /secret/);
  }
});
