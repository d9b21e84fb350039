import test from 'ava';
import { nearest } from '../../lib/config/nearest.js';

test('the nearest known word is found, or none if nothing is near', (t) => {
  const known = ['listen', 'policies', 'log.level', 'dns.timeout'];
  t.is(nearest('listne', known), 'listen');
  t.is(nearest('polices', known), 'policies');
  t.is(nearest('LOG.LEVEL', known), 'log.level');
  t.is(nearest('dns.time-out', known), 'dns.timeout');
  t.is(nearest('colour', known), 'none');
  t.is(nearest('', known), 'none');
  t.is(nearest('x'.repeat(10_000), known), 'none');
});
