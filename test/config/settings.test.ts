import test from 'ava';
import { keys, settings, variableOf } from '../../lib/config/index.js';
import { config, reading } from './fixture.js';

test('config show hides the options of transports, and shows a value for every setting', async (t) => {
  const read = await reading(t, 'log: {transports: [{use: http, options: {auth: {password: hunter2}}}]}\n');
  if (read.kind === 'problems') return t.fail();
  t.deepEqual(
    read.lines.map(({ key }) => key),
    keys,
  );
  for (const { key, value } of read.lines) {
    t.not(value, '', key);
    t.notRegex(value, /hunter2|undefined|\[object/, key);
  }
  return undefined;
});

test('the variable of a key follows from the key', (t) => {
  t.is(variableOf('dns.timeout'), 'TIDEGATE_DNS_TIMEOUT');
  t.is(variableOf('limits.connections-per-client'), 'TIDEGATE_LIMITS_CONNECTIONS_PER_CLIENT');
  t.is(new Set(keys.map(variableOf)).size, keys.length);
});

test('a constant default is what the setting reads from its own text', async (t) => {
  const defaults = await config(t, '');
  for (const key of keys) {
    const { kind, defaultText } = settings[key];
    const found = kind.read(kind.text === 'list' ? defaultText.split(', ') : defaultText, '/');
    if (kind.text === 'file_only' || found.kind === 'problems' || key === 'state' || key.startsWith('users.')) continue;
    if (key !== 'policies' && key !== 'journal.key') t.deepEqual<unknown, unknown>(found.value, defaults[key], key);
  }
});
