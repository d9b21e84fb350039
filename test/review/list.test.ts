import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import type { AuditRecord } from '../../lib/audit/index.js';
import {
  FOLD_SECONDS,
  journalTrail,
  listAttempts,
  readFilter,
  type AttemptRow,
  type Filter,
} from '../../lib/review/index.js';
import type { Listing } from '../../lib/review/collection.js';
import type { ListOptions } from '../../lib/review/list.js';
import { HOST_KEY_CHECK, LINUX, destination } from '../audit/samples.js';
import { DENIED, after } from './decisions.js';
import { close, decision, idOf, makeJournal, type TestJournal } from './journals.js';

const NEWEST: ListOptions = { filter: {}, limit: 100, order: 'newest_first', foldSeconds: 'off' };
const OLDEST: ListOptions = { ...NEWEST, order: 'oldest_first' };

const idsIn = ({ rows }: Listing): string[] => rows.map(({ decision }) => decision.content.attempt);

function ending(row: AttemptRow | undefined): string | number | null {
  if (row?.outcome.kind === 'closed') return row.outcome.close.content.bytes_out;
  if (row?.outcome.kind === 'open' && row.outcome.progress !== 'none')
    return `so far ${row.outcome.progress.content.bytes_out}`;
  return row?.outcome.kind ?? 'no row';
}

async function withJournal(run: (journal: TestJournal) => Promise<void>): Promise<void> {
  const journal = await makeJournal();
  try {
    await run(journal);
  } finally {
    await journal.remove();
  }
}

/** Forty attempts, each closed after the next one began, over several segments. */
async function writeForty(journal: TestJournal): Promise<void> {
  for (let number = 1; number <= 40; number += 1) {
    await journal.write(decision(number));
    if (number > 1) await journal.write(close(number - 1, { bytesOut: number - 1 }));
  }
}

test('attempts are listed newest first or oldest first, each with its end, across segments', (t) =>
  withJournal(async (journal) => {
    await writeForty(journal);
    t.true(readdirSync(journal.directory).length > 3);
    const all = Array.from({ length: 40 }, (_, index) => idOf(index + 1));
    const newest = await listAttempts(journalTrail(journal.directory), NEWEST);
    const oldest = await listAttempts(journalTrail(journal.directory), OLDEST);
    t.deepEqual(idsIn(newest), all.toReversed());
    t.deepEqual(idsIn(oldest), all);
    t.deepEqual(newest.rows.map(ending), ['open', ...Array.from({ length: 39 }, (_, index) => 39 - index)]);
    t.deepEqual(oldest.rows.toReversed(), [...newest.rows]);
    t.is(newest.unreadable + oldest.unreadable, 0);
  }));

test('no more rows are given than asked for, from the end that was asked for', (t) =>
  withJournal(async (journal) => {
    await writeForty(journal);
    t.deepEqual(idsIn(await listAttempts(journalTrail(journal.directory), { ...NEWEST, limit: 2 })), [
      idOf(40),
      idOf(39),
    ]);
    const { rows, isCut } = await listAttempts(journalTrail(journal.directory), { ...OLDEST, limit: 2 });
    t.true(isCut);
    t.deepEqual(rows.map(ending), [1, 2]);
    t.deepEqual(await listAttempts(journalTrail(journal.directory), { ...OLDEST, limit: 0 }), {
      rows: [],
      isCut: false,
      unreadable: 0,
    });
  }));

test('a journal that is not there or holds no attempt lists none', (t) =>
  withJournal(async (journal) => {
    await journal.write({ kind: 'stop', cause: 'SIGTERM', openAttempts: 0, missingEnds: 0 });
    for (const directory of [journal.directory, join(journal.directory, 'nowhere')]) {
      for (const options of [NEWEST, OLDEST]) {
        t.deepEqual(await listAttempts(journalTrail(directory), options), { rows: [], isCut: false, unreadable: 0 });
        const filter: Filter = { since: after(0).toISOString(), until: after(1).toISOString() };
        t.deepEqual(await listAttempts(journalTrail(directory), { ...options, filter }), {
          rows: [],
          isCut: false,
          unreadable: 0,
        });
      }
    }
  }));

test('an attempt that goes on shows its newest count, in either order', (t) =>
  withJournal(async (journal) => {
    const progress = { kind: 'progress', id: idOf(1), bytesIn: 0, durationMs: 1 } as const;
    await journal.write(decision(1), { ...progress, bytesOut: 10 }, decision(2), { ...progress, bytesOut: 20 });
    for (const options of [NEWEST, OLDEST]) {
      const { rows } = await listAttempts(journalTrail(journal.directory), options);
      t.deepEqual(rows.map(ending).toSorted(), ['open', 'so far 20']);
    }
    await journal.write(close(1, { bytesOut: 30 }));
    for (const options of [NEWEST, OLDEST]) {
      const { rows } = await listAttempts(journalTrail(journal.directory), options);
      t.deepEqual(rows.map(ending).toSorted(), [30, 'open']);
    }
  }));

test('an attempt of the time asked for is shown with an end long after it', (t) =>
  withJournal(async (journal) => {
    const day = 86_400;
    await journal.write(decision(1), ...Array.from({ length: 30 }, (_, index) => decision(day + index)));
    await journal.write(close(1, { bytesOut: 7 }), decision(2 * day));
    const filter: Filter = { since: after(0).toISOString(), until: after(60_000).toISOString() };
    for (const options of [NEWEST, OLDEST]) {
      const { rows } = await listAttempts(journalTrail(journal.directory), { ...options, filter });
      t.deepEqual(rows.map(ending), [7]);
    }
  }));

test('times find the same attempts, whichever way the clock jumped meanwhile', (t) =>
  withJournal(async (journal) => {
    // received at 1…40 s, but with the clock going back 20 s in the middle
    const seconds = [...range(20, 40), ...range(10, 30)];
    for (const [index, second] of seconds.entries()) {
      await journal.write(decision(index, { receivedAt: after(second * 1000) }));
    }
    const filter: Filter = { since: after(15_000).toISOString(), until: after(25_000).toISOString() };
    for (const options of [NEWEST, OLDEST])
      t.is((await listAttempts(journalTrail(journal.directory), { ...options, filter })).rows.length, 15);
  }));

test('a refused Halibut call is one row in either order, with the count and the times', (t) =>
  withJournal(async (journal) => {
    const other = { destination: destination('other.example:443') };
    await journal.write(decision(1, other), ...range(2, 7).map((number) => decision(number, { verdict: DENIED })));
    await journal.write(decision(8, other));
    for (const options of [NEWEST, OLDEST]) {
      const { rows } = await listAttempts(journalTrail(journal.directory), { ...options, foldSeconds: FOLD_SECONDS });
      t.deepEqual(
        rows.map(({ count }) => count),
        [1, 5, 1],
      );
      t.is(rows[1]?.firstReceived, after(2000).toISOString());
      t.is(rows[1]?.lastReceived, after(6000).toISOString());
    }
  }));

test('repeats of the last row that there is room for are still counted', (t) =>
  withJournal(async (journal) => {
    const denied = (number: number, host: string) =>
      decision(number, { verdict: DENIED, destination: destination(`${host}:443`) });
    await journal.write(denied(1, 'a.example'), denied(2, 'b.example'), denied(3, 'a.example'), denied(4, 'b.example'));
    await journal.write(denied(100, 'c.example'));
    for (const order of ['oldest_first', 'newest_first'] as const) {
      const options: ListOptions = { filter: {}, limit: 2, order, foldSeconds: FOLD_SECONDS };
      const { rows } = await listAttempts(journalTrail(journal.directory), options);
      t.deepEqual(
        rows.map(({ count }) => count),
        order === 'oldest_first' ? [2, 2] : [1, 2],
      );
    }
  }));

test('damaged lines are counted and do not hide the others', (t) =>
  withJournal(async (journal) => {
    await journal.write(decision(1), close(1));
    const [segment = ''] = readdirSync(journal.directory).filter((name) => name.endsWith('.jsonl'));
    const content = '{"attempt":"x","verdict":"maybe"}';
    appendFileSync(join(journal.directory, segment), `{"broken":1,"k":"decision","content":${content}\n`);
    for (const options of [NEWEST, OLDEST]) {
      const { rows, unreadable } = await listAttempts(journalTrail(journal.directory), options);
      t.deepEqual(rows.map(ending), [1520]);
      t.is(unreadable, 1);
    }
  }));

test('whatever is asked, listing finds what reading every record would find', async (t) => {
  const hosts = ['any.nuget.org:443', 'nuget.org:443', 'any.nuget.org:80', '10.0.0.1:443'].map(destination);
  const records: AuditRecord[] = range(1, 60).map((number) =>
    decision(number, {
      destination: hosts[number % 4] ?? 'unparsed',
      ...(number % 3 === 0 ? { verdict: DENIED } : {}),
      ...(number % 5 === 0 ? { client: { ...decision(1).client, identity: { kind: 'network' } } } : {}),
    }),
  );
  const asked = fc.record(
    {
      since: fc.constantFrom(after(10_000).toISOString(), after(50_000).toISOString()),
      until: fc.constantFrom(after(20_000).toISOString(), after(70_000).toISOString()),
      user: fc.constantFrom('spaces-1.production', 'nobody'),
      destination: fc.constantFrom('any.nuget.org', '*.nuget.org', '10.0.0.0/8', 'nuget.org:443'),
      port: fc.constantFrom('80', '443'),
      verdict: fc.constantFrom('allowed', 'denied'),
      reason: fc.constantFrom('rule_holds', 'destination_not_allowed'),
      rule: fc.constantFrom('feeds', 'production/feeds'),
      policy: fc.constantFrom('production', 'prod'),
      text: fc.constantFrom('NUGET', 'absent'),
    },
    { requiredKeys: [] },
  );
  await withJournal(async (journal) => {
    await journal.write(...records);
    const everything = await listAttempts(journalTrail(journal.directory), OLDEST);
    await fc.assert(
      fc.asyncProperty(asked, async (texts) => {
        const read = readFilter(texts, after(0));
        if (read.kind !== 'filter') throw new Error(JSON.stringify(read));
        const oldest = await listAttempts(journalTrail(journal.directory), { ...OLDEST, filter: read.filter });
        const newest = await listAttempts(journalTrail(journal.directory), { ...NEWEST, filter: read.filter });
        const expected = everything.rows.filter((row) => plainly(texts, row));
        t.deepEqual(oldest.rows, expected);
        t.deepEqual(newest.rows.toReversed(), expected);
      }),
      { numRuns: 150 },
    );
  });
});

/** Sixty attempts, each open while some others begin and end; every third shows a changed host key, two never end. */
async function writeJudged(journal: TestJournal): Promise<void> {
  for (const number of range(1, 70)) {
    if (number < 60) await journal.write(decision(number, number % 10 === 0 ? { verdict: DENIED } : {}));
    const over = number - (number % 2 === 0 ? 9 : 5);
    if (over < 1 || over % 10 === 0 || over === 11 || over === 27) continue;
    const outcome = over % 3 === 0 ? 'mismatch' : 'not_checked';
    const wouldDeny = over % 6 === 0 ? 'host_key_mismatch' : 'none';
    const judged = { rule: LINUX, checks: [{ ...HOST_KEY_CHECK, outcome }], wouldDeny } as const;
    const cut = { verdict: 'denied', reason: 'host_key_mismatch', endedBy: 'host_key_mismatch' } as const;
    const isCut = over % 3 === 0 && wouldDeny === 'none';
    await journal.write(close(over, over % 7 === 0 ? {} : { judged, ...(isCut ? cut : {}) }));
  }
}

test('what ends report is found in either order, whatever the limit and the time', async (t) => {
  const asked = fc.record(
    {
      since: fc.constantFrom(after(10_000).toISOString(), after(30_000).toISOString()),
      until: fc.constantFrom(after(20_000).toISOString(), after(50_000).toISOString()),
      verdict: fc.constantFrom('allowed', 'denied', 'failed'),
      outcome: fc.constantFrom('mismatch', 'not_checked', 'probed'),
      fact: fc.constantFrom('host_key', 'thumbprint'),
      reason: fc.constantFrom('host_key_mismatch', 'client', 'rule_holds', 'destination_not_allowed'),
    },
    { requiredKeys: [] },
  );
  await withJournal(async (journal) => {
    await writeJudged(journal);
    const everything = await listAttempts(journalTrail(journal.directory), OLDEST);
    t.is(everything.rows.length, 59);
    let found = 0;
    await fc.assert(
      fc.asyncProperty(asked, fc.boolean(), fc.constantFrom(1, 3, 100), async (filter: Filter, wouldDeny, limit) => {
        const whole: Filter = wouldDeny ? { ...filter, wouldDeny: true } : filter;
        const expected = everything.rows.filter((row) => endsSo(whole, row));
        const oldest = await listAttempts(journalTrail(journal.directory), { ...OLDEST, filter: whole, limit });
        const newest = await listAttempts(journalTrail(journal.directory), { ...NEWEST, filter: whole, limit });
        t.deepEqual(oldest.rows, expected.slice(0, limit));
        t.deepEqual(newest.rows, expected.toReversed().slice(0, limit));
        found += expected.length;
      }),
      { numRuns: 300 },
    );
    t.true(found > 50);
  });
});

function endsSo(filter: Filter, { decision: { content }, outcome }: AttemptRow): boolean {
  const end = outcome.kind === 'closed' ? outcome.close.content : undefined;
  const denied = [content.would_deny, end?.would_deny ?? 'none'].filter((reason) => reason !== 'none');
  const checks = (end?.checks ?? []).filter(
    (check) => (filter.outcome ?? check.outcome) === check.outcome && (filter.fact ?? check.fact) === check.fact,
  );
  return (
    content.received >= (filter.since ?? '') &&
    content.received < (filter.until ?? '~') &&
    (filter.wouldDeny === undefined || denied.length > 0) &&
    (filter.verdict === undefined || (end?.verdict ?? content.verdict) === filter.verdict) &&
    (filter.reason === undefined ||
      [end?.reason ?? content.reason, end?.ended_by, ...denied].includes(filter.reason)) &&
    ((filter.outcome === undefined && filter.fact === undefined) || checks.length > 0)
  );
}

/** The same question, answered in the simplest way. */
function plainly(asked: Readonly<Record<string, string>>, { decision: { content } }: AttemptRow): boolean {
  const host = content.destination?.host ?? '';
  const answers: Readonly<Record<string, (text: string) => boolean>> = {
    since: (text) => content.received >= text,
    until: (text) => content.received < text,
    user: (text) => content.client.user === text,
    destination: (text) =>
      text === '*.nuget.org'
        ? host === 'any.nuget.org'
        : text === '10.0.0.0/8'
          ? host === '10.0.0.1'
          : text === 'nuget.org:443'
            ? host === 'nuget.org'
            : host === text,
    port: (text) => String(content.destination?.port) === text,
    verdict: (text) => content.verdict === text,
    reason: (text) => content.reason === text,
    rule: () => content.rule !== null,
    policy: (text) => content.rule?.policy === text,
    text: (text) => host.includes(text.toLowerCase()),
  };
  return Object.entries(asked).every(([field, text]) => {
    const port = field === 'destination' && text.endsWith(':443') ? content.destination?.port === 443 : true;
    return port && answers[field]?.(text) === true;
  });
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
