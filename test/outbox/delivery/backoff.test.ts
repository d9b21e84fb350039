import test from 'ava';
import { backoffDelay } from '../../../lib/outbox/delivery/backoff.js';

const BACKOFF = { minMs: 1_000, maxMs: 60_000 };

const waits = (random: number, asked: number | 'unsaid' = 'unsaid'): readonly number[] =>
  [1, 2, 3, 4, 5, 6, 7, 8, 1_000].map((tries) => backoffDelay(tries, asked, BACKOFF, () => random));

test('waits double from a second to a minute, and chance takes up to half of each', (t) => {
  t.deepEqual(waits(1), [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  t.deepEqual(waits(0), [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test('a receiver that asks for more gets it', (t) => {
  t.deepEqual(new Set(waits(0, 120_000)), new Set([120_000]));
  t.deepEqual(waits(1, 0), waits(1));
});
