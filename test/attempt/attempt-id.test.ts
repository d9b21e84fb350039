import test from 'ava';
import fc from 'fast-check';
import { formatAttemptId, ID_COUNTS, readIdPrefix } from '../../lib/attempt/index.js';

const times = fc.integer({ min: 0, max: Date.UTC(2109, 0) });
const counts = fc.integer({ min: 0, max: ID_COUNTS - 1 });

test('an id is sixteen characters without look-alikes, one word, and none that could be a UUID', (t) => {
  fc.assert(
    fc.property(times, counts, (time, count) => {
      t.regex(formatAttemptId(time, count), /^[0-9A-HJKMNP-TV-Z]{16}$/);
    }),
  );
  t.is(formatAttemptId(Date.UTC(2026, 10, 30), 1), 'D257058000000001');
});

test('ids sort by time, and within 4 ms by their count', (t) => {
  fc.assert(
    fc.property(times, times, counts, counts, (one, other, oneCount, otherCount) => {
      const [a, b] = [formatAttemptId(one, oneCount), formatAttemptId(other, otherCount)];
      const steps = Math.floor(one / 4) - Math.floor(other / 4);
      t.is(Math.sign(steps === 0 ? oneCount - otherCount : steps), a < b ? -1 : a > b ? 1 : 0);
    }),
  );
});

test('an id is read in any case, with the letters that people write for digits, and says when it was received', (t) => {
  fc.assert(
    fc.property(times, counts, fc.infiniteStream(fc.boolean()), (time, count, coins) => {
      const id = formatAttemptId(time, count);
      const toss = (): boolean => coins.next().value === true;
      const mistaken: Readonly<Record<string, string>> = { '0': 'o', '1': 'l' };
      const typed = Array.from(id)
        .map((digit) => (toss() ? (mistaken[digit] ?? digit) : digit.toLowerCase()))
        .join('');
      t.deepEqual(readIdPrefix(` ${typed}\n`)[0], { text: id, since: Math.floor(time / 4) * 4, isWhole: true });
    }),
  );
  t.deepEqual(readIdPrefix('OIL5'), [{ text: '0115', since: 'not_known', isWhole: false }]);
});

test('the UUID of an older record is read in any case, and a few characters may begin either', (t) => {
  const uuid = '0199d1f0-8a00-7c3e-b1f5-3d9c2a7e4f10';
  const whole = { text: uuid, since: 0x0199d1f08a00, isWhole: true };
  t.deepEqual(readIdPrefix(uuid.toUpperCase()), [whole]);
  t.deepEqual(readIdPrefix(uuid.slice(0, 13)), [{ ...whole, text: uuid.slice(0, 13), isWhole: false }]);
  t.deepEqual(
    readIdPrefix('0199d1f').map(({ text }) => text),
    ['0199D1F', '0199d1f'],
  );
});

test('what is neither is not read', (t) => {
  for (const text of ['', '019', 'guess', '../../etc', 'ABCDEFGH-1', 'A'.repeat(17), '0199d1f08a007c3eb']) {
    t.deepEqual(readIdPrefix(text), [], text);
  }
});
