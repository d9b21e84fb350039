import test from 'ava';
import { AttemptIds } from '../../../lib/proxy/attempt-log/attempt-ids.js';

const at = (milliseconds: number): Date => new Date(Date.UTC(2026, 10, 30) + milliseconds);

test('ids of one process are unique and sorted, also within a millisecond', (t) => {
  const ids = new AttemptIds();
  const made = Array.from({ length: 100_000 }, (_, index) => ids.next(at(Math.floor(index / 1_000))));
  t.is(new Set(made).size, made.length);
  t.deepEqual(made.toSorted(), made);
});

test('ids stay unique where the clock stands still or goes back', (t) => {
  const ids = new AttemptIds();
  const made = [5, 5, 0, 5, 60 * 86_400_000, 5].map((milliseconds) => ids.next(at(milliseconds)));
  t.is(new Set(made).size, made.length);
});

test('a thousand instances, or restarts, in the same millisecond have no id in common', (t) => {
  const made = Array.from({ length: 1_000 }, () => new AttemptIds()).flatMap((ids) => [
    ids.next(at(0)),
    ids.next(at(0)),
  ]);
  t.is(new Set(made).size, made.length);
});
