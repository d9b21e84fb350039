import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { followAttempts, journalTrail, type Filter, type AttemptEvent } from '../../lib/review/index.js';
import type { Check } from '../../lib/policy/index.js';
import { HOST_KEY_CHECK, LINUX } from '../audit/samples.js';
import { DENIED } from './decisions.js';
import { close, decision, idOf, makeJournal, type TestJournal } from './journals.js';

/** Follows a journal while `write` writes to it, until so much has happened. */
async function follow(
  filter: Filter,
  count: number,
  write: (journal: TestJournal) => Promise<void>,
): Promise<AttemptEvent[]> {
  const journal = await makeJournal();
  const stop = new AbortController();
  const seen: AttemptEvent[] = [];
  try {
    await journal.write(decision(0));
    const following = (async () => {
      for await (const event of followAttempts(journalTrail(journal.directory), filter, stop.signal)) {
        seen.push(event);
        if (seen.length === count) return;
      }
    })();
    // The follower takes where the journal ends now as its beginning; written at once, a record could come before that.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await write(journal);
    await following;
    return seen;
  } finally {
    stop.abort();
    await journal.remove();
  }
}

function words(event: AttemptEvent): string {
  if (event.kind === 'unreadable') return event.kind;
  return `${event.kind} ${Number(event.row.decision.content.attempt.slice(-12))} ${event.row.outcome.kind}`;
}

test('attempts are reported as they are decided and as they end, from segment to segment', async (t) => {
  const seen = await follow({}, 61, async (journal) => {
    await journal.write(decision(1, { verdict: DENIED }));
    for (let number = 2; number < 32; number += 1) await journal.write(decision(number), close(number));
  });
  t.deepEqual(seen.map(words).slice(0, 3), ['decided 1 not_passed', 'decided 2 open', 'closed 2 closed']);
  t.is(words(seen.at(-1) ?? seen[0] ?? { kind: 'unreadable', segment: '', detail: '' }), 'closed 31 closed');
});

test('only what matches is reported, and the end only of what was reported', async (t) => {
  const seen = await follow({ verdict: 'denied' }, 2, async (journal) => {
    await journal.write(close(0), decision(1), close(1), decision(2, { verdict: DENIED }), decision(3), close(3));
    await journal.write(decision(4, { verdict: DENIED }));
  });
  t.deepEqual(seen.map(words), ['decided 2 not_passed', 'decided 4 not_passed']);
});

test('an attempt that only its end makes one that was asked for is reported then, and only then', async (t) => {
  const judged = (outcome: Check['outcome']) =>
    ({ judged: { rule: LINUX, checks: [{ ...HOST_KEY_CHECK, outcome }], wouldDeny: 'none' } }) as const;
  const seen = await follow({ outcome: 'mismatch' }, 2, async (journal) => {
    await journal.write(decision(1), decision(2), decision(3, { verdict: DENIED }), close(2, judged('verified')));
    await journal.write(close(1, judged('mismatch')), decision(4), close(4), decision(5), close(5, judged('mismatch')));
  });
  t.deepEqual(seen.map(words), ['closed 1 closed', 'closed 5 closed']);
});

test('lines that cannot be read are reported', async (t) => {
  const seen = await follow({}, 1, (journal) => {
    const name = readdirSync(journal.directory).find((file) => file.endsWith('.jsonl')) ?? '';
    appendFileSync(join(journal.directory, name), 'broken\n');
    return Promise.resolve();
  });
  t.deepEqual(seen.map(words), ['unreadable']);
});

test('a signal ends the following', async (t) => {
  const stop = new AbortController();
  const following = followAttempts(journalTrail('/nowhere/at/all'), { user: idOf(1) }, stop.signal);
  const next = following.next();
  stop.abort();
  t.true((await next).done);
});
