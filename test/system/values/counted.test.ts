import test from 'ava';
import { counted } from '../../../lib/system/values/counted.js';

test('only one is singular', (t) => {
  t.deepEqual(
    [0, 1, 2].map((count) => counted(count, 'rule')),
    ['0 rules', '1 rule', '2 rules'],
  );
  t.is(counted(2, 'policy', 'policies'), '2 policies');
  t.is(counted(1, 'policy', 'policies'), '1 policy');
});
