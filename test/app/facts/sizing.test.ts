import test from 'ava';
import { filesFor, sizingOf } from '../../../lib/app/facts/index.js';

const of = (connections: number, perClient: number) => ({
  'limits.connections': connections,
  'limits.connections-per-client': perClient,
});

test('the default limits fit one node of 900 Tentacles, each with five idle connections', (t) => {
  const { tentacles, shortage } = sizingOf(of(8_000, 6_000), 20_000);
  t.true(tentacles >= 900, String(tentacles));
  t.is(shortage, 'none');
});

test('fewer files than the configured connections take are reported, and count for the Tentacles', (t) => {
  const { tentacles, shortage } = sizingOf(of(8_000, 6_000), 1_024);
  t.is(tentacles, 87);
  if (shortage === 'none') return t.fail('no shortage');
  t.is(
    shortage.words,
    'too few files may be open: limits.connections is 8000, which takes 16000, and 1024 may be open: enough for 486 connections',
  );
  return t.regex(shortage.remedy, /LimitNOFILE/);
});

test('where the number of files is not known nothing is said about it', (t) => {
  t.is(sizingOf(of(8_000, 6_000), 'unknown').shortage, 'none');
  t.deepEqual(filesFor(8_000, 'unknown'), { needed: 16_000, possible: 8_000 });
});

test('a client may not have more than all together', (t) => {
  t.is(sizingOf(of(100, 6_000), 'unknown').perClient, 100);
});
