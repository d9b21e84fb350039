import test from 'ava';
import { GuessLimits } from '../../lib/users/guess-limits.js';

const beginAll = (limits: GuessLimits, from: string, names: readonly string[]): string[] =>
  names.map((name) => limits.begin(from, name).kind);

test('ten guesses a minute begin for one user from one address, and a hundred from the address', (t) => {
  let time = 0;
  const limits = new GuessLimits(() => time);
  t.deepEqual(beginAll(limits, 'here', Array<string>(11).fill('a')).slice(9), ['begun', 'limited']);
  t.is(limits.begin('there', 'a').kind, 'begun');
  const others = Array.from({ length: 91 }, (_, n) => `name-${n}`);
  t.deepEqual(beginAll(limits, 'here', others).slice(89), ['begun', 'limited']);
  time = 60_000;
  t.is(limits.begin('here', 'a').kind, 'begun');
});

test('a guess that is given back does not count, nor does one of an earlier minute count against this one', (t) => {
  let time = 0;
  const limits = new GuessLimits(() => time);
  const old = limits.begin('here', 'a');
  time = 60_000;
  t.deepEqual(beginAll(limits, 'here', Array<string>(10).fill('a')), Array<string>(10).fill('begun'));
  if (old.kind === 'begun') old.giveBack();
  t.is(limits.begin('here', 'a').kind, 'limited');
  const again = limits.begin('there', 'a');
  if (again.kind === 'begun') again.giveBack();
  t.deepEqual(beginAll(limits, 'there', Array<string>(11).fill('a')).slice(9), ['begun', 'limited']);
});

test('with more addresses in a minute than it has room for, a new one is not counted and none is forgotten', (t) => {
  let time = 0;
  const limits = new GuessLimits(() => time);
  beginAll(limits, 'here', Array<string>(10).fill('a'));
  const kinds = Array.from({ length: 20_000 }, (_, n) => limits.begin(`address-${n}`, 'a').kind);
  t.is(kinds.filter((kind) => kind === 'begun').length, 9_999);
  t.is(kinds.at(-1), 'full');
  t.is(limits.begin('here', 'a').kind, 'limited');
  time = 60_000;
  t.is(limits.begin('new', 'a').kind, 'begun');
});
