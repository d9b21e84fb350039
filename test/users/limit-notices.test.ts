import test from 'ava';
import { LimitNotices, type LimitNotice } from '../../lib/users/limit-notices.js';

test('the first refused log-in gives a notice, and those of the next minute one together', (t) => {
  let time = 0;
  const notices: LimitNotice[] = [];
  const limits = new LimitNotices(
    () => time,
    (notice) => notices.push(notice),
  );
  limits.add('busy', 'a');
  for (let n = 0; n < 1_000; n += 1) limits.add(n % 4 === 0 ? 'busy' : 'rate_limited', 'b');
  t.deepEqual(notices, [{ rateLimited: 0, busy: 1, from: 'a' }]);
  time = 60_000;
  limits.add('busy', 'c');
  t.deepEqual(notices.slice(1), [{ rateLimited: 750, busy: 251, from: 'c' }]);
});
