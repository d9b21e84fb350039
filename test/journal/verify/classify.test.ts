import test from 'ava';
import { classify, type LineHead } from '../../../lib/journal/verify/classify.js';

/** A line as it was written: its hash is told by its number. */
function line(seq: number, change: Partial<LineHead> = {}): LineHead {
  return { seq, prev: `hash ${seq - 1}`, hash: `hash ${seq}`, ...change };
}

const BROKEN: LineHead = { seq: 'none', prev: 'none', hash: 'broken' };
const last = { seq: 9, hash: 'hash 9' };

function said(
  heads: readonly [LineHead, ...LineHead[]],
  { elsewhere = [] as readonly LineHead[], lastIsProven = false } = {},
): string {
  const { kind, at } = classify({ last, heads, elsewhere, lastIsProven });
  return `${kind} ${at}`;
}

test('what the lines around show is said by its name', (t) => {
  t.is(said([BROKEN, line(11)]), 'changed here');
  t.is(said([line(7, { prev: 'hash 9' }), line(11)]), 'changed here');
  t.is(said([line(11), line(12)]), 'removed here');
  t.is(said([line(11)]), 'removed here');
  t.is(said([line(9), line(10), line(11)]), 'inserted here');
  t.is(said([BROKEN, line(10), line(11)]), 'inserted here');
  t.is(said([line(11), line(10), line(12)]), 'reordered here');
  t.is(said([line(12), line(10), line(11), line(13)]), 'reordered here');
  t.is(said([line(12), line(10), line(11), line(12)]), 'inserted here');
  t.is(said([line(5), line(6), line(7)]), 'inserted here');
  t.is(said([line(40), line(11), line(12)]), 'changed here');
  t.is(said([line(40), line(41)], { elsewhere: [line(10)] }), 'reordered here');
});

test('a line whose hash the next one does not have was changed, unless it was proven', (t) => {
  const [ten, eleven] = [line(10, { prev: 'another' }), line(11)];
  t.is(said([ten, eleven]), 'changed before');
  t.is(said([ten, eleven], { lastIsProven: true }), 'changed here');
  t.is(said([ten]), 'changed here');
  t.is(said([ten, line(11, { prev: 'another' })]), 'changed here');
});

test('what nothing shows is changed', (t) => {
  t.is(said([line(50), line(3)]), 'changed here');
  t.is(said([line(4), line(30)]), 'changed here');
});
