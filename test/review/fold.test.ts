import test from 'ava';
import type { DecisionRecord } from '../../lib/audit/index.js';
import { FOLD_SECONDS, RepeatFolder } from '../../lib/review/fold.js';
import type { AttemptRow } from '../../lib/review/index.js';
import { beginRow } from '../../lib/review/records/reading.js';
import { DECISION, METADATA, address, destination, port } from '../audit/samples.js';
import { DENIED, after, decided } from './decisions.js';

function row(milliseconds: number, changes: Partial<DecisionRecord> = {}): AttemptRow {
  const content = decided({ verdict: DENIED, ...changes, receivedAt: after(milliseconds) });
  return beginRow({ seq: milliseconds, time: content.received, content });
}

/** Folds rows in their order. */
function foldRepeats(rows: readonly AttemptRow[], seconds = FOLD_SECONDS): AttemptRow[] {
  const folder = new RepeatFolder(seconds);
  return rows.map((each) => ({ ...each })).filter((each) => !folder.fold(each, true));
}

const counts = (rows: readonly AttemptRow[]): number[] => rows.map(({ count }) => count);

test('the five tries of a refused Halibut become one row that counts them', (t) => {
  const tries = [0, 1003, 2007, 3012, 4016].map((ms, index) =>
    row(ms, { client: { ...DECISION.client, port: port(50_000 + index) } }),
  );
  const [folded, ...more] = foldRepeats(tries);
  t.deepEqual(more, []);
  t.is(folded?.count, 5);
  t.is(folded?.decision.content.received, after(0).toISOString());
  t.is(folded?.lastReceived, after(4016).toISOString());
});

test('tries that are further apart than the time given stay separate rows', (t) => {
  t.deepEqual(counts(foldRepeats([row(0), row(2000), row(4001)], 2)), [2, 1]);
});

test('folding goes on from the last repeat, so that a client that never stops is one row', (t) => {
  const tries = Array.from({ length: 100 }, (_, index) => row(index * 1000));
  t.deepEqual(counts(foldRepeats(tries, 2)), [100]);
});

test('a refusal that differs in client, user, destination, reason or rule is not a repeat', (t) => {
  const others: Partial<DecisionRecord>[] = [
    { client: { ...DECISION.client, ip: address('10.20.0.6') } },
    { client: { ...DECISION.client, identity: { kind: 'network' } } },
    { destination: destination('any.nuget.org:80') },
    { destination: destination('www.nuget.org:443') },
    { verdict: { ...DENIED, reason: 'port_not_allowed' } },
    { verdict: { ...DENIED, rule: METADATA } },
    { intent: { kind: 'forward', method: 'GET', path: '/' } },
  ];
  for (const other of others) t.deepEqual(counts(foldRepeats([row(0), row(1, other), row(2)])), [2, 1]);
});

test('allowed attempts are never folded', (t) => {
  const { verdict } = DECISION;
  t.deepEqual(counts(foldRepeats([row(0, { verdict }), row(1, { verdict })])), [1, 1]);
});

test('rows folded before are counted with all they stand for', (t) => {
  const [first = row(0)] = foldRepeats([row(0), row(1)]);
  t.deepEqual(counts(foldRepeats([first, row(2)])), [3]);
});
