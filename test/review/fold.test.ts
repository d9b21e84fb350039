import test from 'ava';
import type { CloseRecord, DecisionRecord } from '../../lib/audit/index.js';
import { FOLD_SECONDS, foldAgain, RepeatFolder } from '../../lib/review/fold.js';
import type { AttemptRow } from '../../lib/review/index.js';
import { beginRow } from '../../lib/review/records/reading.js';
import {
  DECISION,
  HOST_KEY_CHECK,
  LINUX,
  METADATA,
  SSH_TRAFFIC,
  address,
  destination,
  port,
} from '../audit/samples.js';
import { DENIED, after, decided, ended } from './decisions.js';

function row(milliseconds: number, changes: Partial<DecisionRecord> = {}): AttemptRow {
  const content = decided({ verdict: DENIED, ...changes, receivedAt: after(milliseconds) });
  return beginRow({ seq: milliseconds, time: content.received, content });
}

/** A tunnel that was cut for a changed host key. */
function cut(milliseconds: number, changes: Partial<CloseRecord> = {}): AttemptRow {
  const content = decided({ receivedAt: after(milliseconds) });
  const reason = 'host_key_mismatch';
  const judged = { rule: LINUX, checks: [HOST_KEY_CHECK], wouldDeny: 'none' } as const;
  const close = ended({
    ...{ verdict: 'denied', reason, endedBy: reason, observation: SSH_TRAFFIC, judged },
    ...{ bytesIn: milliseconds, durationMs: milliseconds, ...changes },
  });
  const at = { seq: milliseconds, time: content.received };
  return beginRow({ ...at, content }, { kind: 'closed', close: { ...at, content: close } });
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

test('tunnels that were cut for the same reason become one row, which names the others', (t) => {
  const [folded, ...more] = foldRepeats([cut(0), cut(1000), cut(2000)]);
  t.deepEqual(more, []);
  t.is(folded?.count, 3);
  t.is(folded?.repeats.length, 2);
});

test('tunnels that were cut for what they showed differently are not repeats', (t) => {
  const seen = { ...HOST_KEY_CHECK, seen: 'SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDVdGFM+dJJw3BLT24' };
  const others: Partial<CloseRecord>[] = [
    { judged: { rule: LINUX, checks: [seen], wouldDeny: 'none' } },
    { observation: { ...SSH_TRAFFIC, softwareVersion: 'OpenSSH_9.6' } },
    { verdict: 'failed', reason: 'connection_terminated', endedBy: 'connection_terminated' },
  ];
  for (const other of others) t.deepEqual(counts(foldRepeats([cut(0), cut(1, other), cut(2)])), [2, 1]);
});

test('malformed requests that break different rules are not repeats', (t) => {
  const broken = (rule: string) => ({ verdict: { kind: 'refused', reason: 'malformed', rule, detail: rule } }) as const;
  t.deepEqual(counts(foldRepeats([row(0, broken('H7')), row(1, broken('H7')), row(2, broken('H9'))])), [2, 1]);
});

test('the same refusal is a repeat whatever the order of the answers of DNS', (t) => {
  const [a, b] = [address('10.0.0.1'), address('10.0.0.2')];
  const dropped = (addresses: readonly (typeof a)[]) => ({
    resolved: {
      addresses,
      aliases: [],
      dropped: addresses.map((one) => ({ address: one, reason: 'special_purpose' as const })),
    },
  });
  t.deepEqual(counts(foldRepeats([row(0, dropped([a, b])), row(1, dropped([b, a])), row(2, dropped([a]))])), [2, 1]);
});

test('a row that learns late how it ended is folded then', (t) => {
  t.deepEqual(counts(foldAgain([cut(0), cut(1000), cut(20_000)], 10)), [2, 1]);
});
