import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { encode, recordFields, type Field } from '../../lib/audit/index.js';
import { formatAttemptId } from '../../lib/attempt/index.js';
import {
  journalTrail,
  listAttempts,
  proposePins,
  showAttempt,
  verdictOf,
  type AttemptLookup,
} from '../../lib/review/index.js';
import { after, DENIED } from './decisions.js';
import { close, decision, idOf, makeJournal, type TestJournal } from './journals.js';

async function withJournal(run: (journal: TestJournal) => Promise<void>): Promise<void> {
  const journal = await makeJournal();
  try {
    await run(journal);
  } finally {
    await journal.remove();
  }
}

const progress = (number: number) =>
  ({ kind: 'progress', id: idOf(number), bytesOut: 1, bytesIn: 2, durationMs: 3 }) as const;

function kindsOf(shown: AttemptLookup): string[] {
  return shown.kind === 'attempt'
    ? shown.records.map(({ record }) => (record === 'unreadable' ? record : record.kind))
    : [];
}

test('an attempt is shown with all its records, their places and the chain around them', (t) =>
  withJournal(async (journal) => {
    await journal.write(decision(1), decision(2), progress(1), decision(3), progress(1), close(2), close(1));
    for (let number = 10; number < 40; number += 1) await journal.write(decision(number));
    const shown = await showAttempt(journalTrail(journal.directory), idOf(1));
    t.deepEqual(kindsOf(shown), ['decision', 'progress', 'progress', 'close']);
    for (const record of shown.kind === 'attempt' ? shown.records : []) {
      t.is(record.next, 'bears_its_hash');
      t.like(JSON.parse(record.line), { seq: record.seq, t: record.time });
      t.true(readFileSync(join(journal.directory, record.segment), 'latin1').includes(`${record.line}\n`));
    }
  }));

test('the beginning of an id is enough, in any case, where only one attempt has it', (t) =>
  withJournal(async (journal) => {
    await journal.write(decision(1), decision(2, { verdict: DENIED, status: 403 }), close(1));
    t.like(await showAttempt(journalTrail(journal.directory), idOf(2).slice(0, 13).toUpperCase()), {
      kind: 'attempt',
      id: idOf(2),
    });
    const ambiguous = await showAttempt(journalTrail(journal.directory), idOf(2).slice(0, 8));
    t.deepEqual(ambiguous, { kind: 'ambiguous', ids: [idOf(1), idOf(2)] });
    t.deepEqual(await showAttempt(journalTrail(journal.directory), idOf(3)), { kind: 'not_found' });
  }));

test('no more than ten ids are named', (t) =>
  withJournal(async (journal) => {
    for (let number = 0; number < 15; number += 1) await journal.write(decision(number));
    const shown = await showAttempt(journalTrail(journal.directory), idOf(0).slice(0, 4));
    t.is(shown.kind === 'ambiguous' ? shown.ids.length : 0, 10);
  }));

test('an id is found in any case and by its beginning, also where the clock has gone back since', (t) =>
  withJournal(async (journal) => {
    const ids = [1, 2, 3].map((number) => formatAttemptId(after(number * 1000).getTime(), number));
    const [first = '', second = '', third = ''] = ids;
    await journal.write(decision(1, { id: first }), decision(2, { id: second }), close(1, { id: first }));
    const find = (typed: string): Promise<AttemptLookup> => showAttempt(journalTrail(journal.directory), typed);
    const found = await find(first.toLowerCase().replaceAll('0', 'o'));
    t.like(found, { kind: 'attempt', id: first });
    t.deepEqual(kindsOf(found), ['decision', 'close']);
    t.like(await find(second.slice(0, 9)), { kind: 'attempt', id: second });
    t.deepEqual(await find(third), { kind: 'not_found' });
    // Received at a time that the clock of the journal reached only before.
    const ahead = formatAttemptId(after(86_400_000).getTime(), 4);
    await journal.write(decision(4, { id: ahead, verdict: DENIED, status: 403 }));
    t.like(await find(ahead), { kind: 'attempt', id: ahead });
  }));

test('what is known of an attempt is joined: its decision and its end', (t) =>
  withJournal(async (journal) => {
    const cut = { verdict: 'denied', reason: 'thumbprint_mismatch', endedBy: 'thumbprint_mismatch' } as const;
    await journal.write(decision(1), progress(1), decision(2), close(1, cut), progress(3));
    const rowOf = async (number: number) => {
      const shown = await showAttempt(journalTrail(journal.directory), idOf(number));
      return shown.kind === 'attempt' ? shown.row : shown.kind;
    };
    const [ended, open] = [await rowOf(1), await rowOf(2)];
    t.deepEqual(typeof ended === 'string' ? ended : verdictOf(ended), {
      verdict: 'denied',
      reason: 'thumbprint_mismatch',
    });
    t.is(typeof open === 'string' ? open : open.outcome.kind, 'open');
    t.is(await rowOf(3), 'no_decision');
  }));

test('what cannot be an id is not sought', async (t) => {
  for (const text of ['', '019', 'guess', '../../etc', `${idOf(1)}0`]) {
    t.is((await showAttempt(journalTrail('/nowhere'), text)).kind, 'not_an_id', text);
  }
  t.deepEqual(await showAttempt(journalTrail('/nowhere'), 'ffffffff-ffff'), { kind: 'not_found' });
});

test('the newest line has no next line with its hash yet', (t) =>
  withJournal(async (journal) => {
    await journal.write(decision(1), decision(2, { verdict: DENIED, status: 403 }));
    const shown = await showAttempt(journalTrail(journal.directory), idOf(2));
    t.is(shown.kind === 'attempt' ? shown.records[0]?.next : shown.kind, 'newest');
  }));

test('a changed line, and a damaged one after it, are reported', (t) =>
  withJournal(async (journal) => {
    await journal.write(decision(1), decision(2), decision(3));
    const [name = ''] = readdirSync(journal.directory).filter((file) => file.endsWith('.jsonl'));
    const file = join(journal.directory, name);
    const text = readFileSync(file, 'latin1');
    const nextOf = async (changed: string): Promise<unknown> => {
      writeFileSync(file, changed, 'latin1');
      const shown = await showAttempt(journalTrail(journal.directory), idOf(1));
      return shown.kind === 'attempt' ? shown.records[0]?.next : shown.kind;
    };
    t.is(await nextOf(text.replace('nuget', 'naget')), 'does_not_bear_its_hash');
    const lines = text.split('\n');
    t.is(await nextOf(lines.with(3, 'broken').join('\n')), 'damaged');
  }));

test('what a version before wrote is shown as a close, and proposes nothing', (t) =>
  withJournal(async (journal) => {
    const { kind, content } = encode(close(1));
    const added = Object.entries<Field>(recordFields.close).filter(([, { whenAbsent }]) => whenAbsent !== 'never');
    const names = new Set(added.map(([name]) => name));
    const before = Object.fromEntries(Object.entries(content).filter(([name]) => !names.has(name)));
    await journal.write(decision(1));
    await journal.writeAsItIs({ kind, content: before });
    const shown = await showAttempt(journalTrail(journal.directory), idOf(1));
    const last = shown.kind === 'attempt' ? shown.records.at(-1)?.record : undefined;
    if (last === undefined || last === 'unreadable' || last.kind !== 'close') return t.fail(JSON.stringify(shown));
    t.deepEqual<unknown, unknown>(last.content, before);
    t.deepEqual(proposePins(last.content), []);
    const { rows, unreadable } = await listAttempts(journalTrail(journal.directory), {
      filter: { outcome: 'mismatch' },
      limit: 10,
      order: 'newest_first',
      foldSeconds: 'off',
    });
    t.deepEqual([rows.length, unreadable], [0, 0]);
  }));
