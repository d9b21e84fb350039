import test from 'ava';
import { encode } from '../../lib/audit/index.js';
import { closeEndless, endlessAttempts, journalTrail, listAttempts } from '../../lib/review/index.js';
import { DENIED } from './decisions.js';
import { close, decision, idOf, makeJournal, type TestJournal } from './journals.js';

const STOP = { kind: 'stop', cause: 'SIGTERM', openAttempts: 0, missingEnds: 0 } as const;

async function withJournal(run: (journal: TestJournal) => Promise<void>): Promise<void> {
  const journal = await makeJournal();
  try {
    await run(journal);
  } finally {
    await journal.remove();
  }
}

async function openIds(journal: TestJournal, beforeSeq = Infinity): Promise<string[]> {
  const open = await endlessAttempts(journalTrail(journal.directory), beforeSeq);
  return open.map(({ row }) => row.decision.content.attempt);
}

test('what was allowed and not closed when tidegate died is found, oldest first', (t) =>
  withJournal(async (journal) => {
    await journal.write(decision(1), decision(2), decision(3, { verdict: DENIED }), decision(4), close(2));
    for (let number = 10; number < 40; number += 1) await journal.write(decision(number), close(number));
    await journal.reopen();
    t.deepEqual(await openIds(journal), [idOf(1), idOf(4)]);
  }));

test('nothing is read from before a clean stop', (t) =>
  withJournal(async (journal) => {
    await journal.write(decision(1), STOP);
    await journal.reopen();
    await journal.write(decision(2));
    t.deepEqual(await openIds(journal), [idOf(2)]);
  }));

test('a stop that misses ends is read past: what was open before it is not recorded, what came after it crashed', (t) =>
  withJournal(async (journal) => {
    const missing = (missingEnds: number | 'not_known') => ({ ...STOP, missingEnds });
    await journal.write(decision(1), STOP, decision(2), decision(3), close(3), missing(1));
    await journal.reopen();
    await journal.write(decision(4), missing('not_known'));
    await journal.reopen();
    await journal.write(decision(5));
    const found = await endlessAttempts(journalTrail(journal.directory));
    t.deepEqual(
      found.map(({ row, endedBy }) => [row.decision.content.attempt, endedBy]),
      [
        [idOf(2), 'not_recorded'],
        [idOf(4), 'not_recorded'],
        [idOf(5), 'crash'],
      ],
    );
    await journal.write(...found.map(closeEndless), STOP);
    t.deepEqual(await openIds(journal), []);
  }));

test('two crashes in a row leave nothing behind, even where the first start wrote no closes', (t) =>
  withJournal(async (journal) => {
    await journal.write(decision(1));
    await journal.reopen();
    await journal.write(decision(2));
    await journal.reopen();
    t.deepEqual(await openIds(journal), [idOf(1), idOf(2)]);
  }));

test('what the process that asks has begun itself is left out', (t) =>
  withJournal(async (journal) => {
    await journal.write(decision(1));
    await journal.reopen();
    const { rows } = await listAttempts(journalTrail(journal.directory), {
      filter: {},
      limit: 1,
      order: 'newest_first',
      foldSeconds: 'off',
    });
    await journal.write(decision(2), STOP);
    t.deepEqual(await openIds(journal, (rows[0]?.decision.seq ?? 0) + 1), [idOf(1)]);
  }));

test('the close written after a crash says what the last progress record said, or that nothing is visible', (t) =>
  withJournal(async (journal) => {
    const progress = { kind: 'progress', id: idOf(1), bytesIn: 2, durationMs: 3 } as const;
    await journal.write(decision(1), { ...progress, bytesOut: 10 }, decision(2), { ...progress, bytesOut: 20 });
    const [first, second] = (await endlessAttempts(journalTrail(journal.directory))).map(
      (open) => encode(closeEndless(open)).content,
    );
    t.like(first, { attempt: idOf(1), ended_by: 'crash', bytes_out: 20, bytes_in: 2, duration_ms: 3, dialled: null });
    t.like(second, { attempt: idOf(2), ended_by: 'crash', bytes_out: null, bytes_in: null, duration_ms: null });
    await journal.write(...(await endlessAttempts(journalTrail(journal.directory))).map(closeEndless));
    t.deepEqual(await openIds(journal), []);
  }));

test('an empty journal has no open attempts', async (t) => {
  t.deepEqual(await endlessAttempts(journalTrail('/nowhere/at/all')), []);
});
