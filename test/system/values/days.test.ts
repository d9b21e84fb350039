import test from 'ava';
import { DAY_MS, dayOf, endOfDay } from '../../../lib/system/values/days.js';

test('a moment belongs to its UTC day', (t) => {
  t.is(dayOf(0), '1970-01-01');
  t.is(dayOf(-1), '1969-12-31');
  t.is(dayOf(DAY_MS - 1), '1970-01-01');
  t.is(dayOf(DAY_MS), '1970-01-02');
  t.is(dayOf(Date.UTC(2028, 1, 29, 23, 59, 59, 999)), '2028-02-29');
});

test('a day that ten characters cannot express is "ever"', (t) => {
  t.is(dayOf(Date.parse('9999-12-31T23:59:59.999Z')), '9999-12-31');
  t.is(dayOf(Date.parse('9999-12-31T23:59:59.999Z') + 1), 'ever');
  t.is(dayOf(Date.parse('0000-01-01T00:00:00Z')), '0000-01-01');
  t.is(dayOf(Date.parse('0000-01-01T00:00:00Z') - 1), 'ever');
  for (const at of [NaN, Infinity, -Infinity, 8.65e15]) t.is(dayOf(at), 'ever');
});

test('a day ends where the next begins', (t) => {
  t.is(dayOf(endOfDay('2028-02-28') - 1), '2028-02-28');
  t.is(dayOf(endOfDay('2028-02-28')), '2028-02-29');
  t.is(endOfDay('soon'), NaN);
});
