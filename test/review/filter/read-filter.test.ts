import test from 'ava';
import { readFilter, type FilterTexts } from '../../../lib/review/filter/index.js';
import { after } from '../decisions.js';

const NOW = after(0);

function since(text: string): string | undefined {
  const read = readFilter({ since: text }, NOW);
  return read.kind === 'filter' ? read.filter.since : read.kind;
}

test('times are UTC dates, times of day, or how long ago', (t) => {
  t.is(since('2026-01-31'), '2026-01-31T00:00:00.000Z');
  t.is(since('2026-01-31T23:59'), '2026-01-31T23:59:00.000Z');
  t.is(since('2026-01-31 23:59:58'), '2026-01-31T23:59:58.000Z');
  t.is(since('2026-01-31T23:59:58.1Z'), '2026-01-31T23:59:58.100Z');
  t.is(since('90s'), after(-90_000).toISOString());
  t.is(since('15m'), after(-900_000).toISOString());
  t.is(since('2h'), after(-7_200_000).toISOString());
  t.is(since('7d'), after(-604_800_000).toISOString());
  t.is(since('1w'), after(-604_800_000).toISOString());
});

test('what only looks like a time is none', (t) => {
  const texts = [
    '2026-02-30',
    '2026-13-01',
    '2026-01-31T24:00',
    '2026-01-31T10',
    '31.01.2026',
    '2026-01-31T10:00+02:00',
    '2',
    '-1h',
    '1y',
  ];
  for (const text of texts) t.is(since(text), 'problems', text);
});

test('a destination with a port asks for both, and a port given by itself counts', (t) => {
  const read = readFilter({ destination: 'ANY.nuget.org:443' }, NOW);
  t.deepEqual(read, { kind: 'filter', filter: { destination: { kind: 'host', host: 'any.nuget.org' }, port: 443 } });
  const other = readFilter({ destination: 'any.nuget.org:443', port: '80' }, NOW);
  t.like(other, { filter: { port: 80 } });
});

test('all problems are reported, each with what was meant', (t) => {
  const asked: FilterTexts = {
    since: 'yesterday',
    until: '2026-02-30',
    client: '10.20.0.5/24',
    destination: 'a b',
    port: '0',
    verdict: 'yes',
    reason: 'because',
    user: '',
  };
  const read = readFilter(asked, NOW);
  const problems = read.kind === 'problems' ? read.problems : [];
  t.deepEqual(problems.map(({ field }) => field).sort(), Object.keys(asked).sort());
  t.regex(problems.find(({ field }) => field === 'client')?.detail ?? '', /did you mean 10\.20\.0\.0\/24/);
  t.regex(problems.find(({ field }) => field === 'verdict')?.detail ?? '', /allowed, denied, refused, failed/);
});
