import test from 'ava';
import { hourAfter, hourBefore, seqNear } from '../../../lib/review/records/times.js';
import { after } from '../decisions.js';
import { decision, makeJournal } from '../journals.js';

test('the first line at or after a time is found, wherever it stands', async (t) => {
  const journal = await makeJournal();
  try {
    for (let number = 0; number < 50; number += 1) await journal.write(decision(number));
    const iso = (milliseconds: number): string => after(milliseconds).toISOString();
    const found = new Set<number>();
    for (let number = 1; number < 50; number += 1) {
      const seq = await seqNear(journal.directory, iso(number * 1000));
      t.is(await seqNear(journal.directory, iso(number * 1000 - 999)), seq);
      found.add(seq);
    }
    t.is(found.size, 49);
    t.is(await seqNear(journal.directory, '1971-01-01T00:00:00.000Z'), 1);
    t.is(await seqNear(journal.directory, iso(60_000)), await seqNear(journal.directory, '9998-01-01T00:00:00.000Z'));
  } finally {
    await journal.remove();
  }
});

test('a place is sought an hour to either side', (t) => {
  t.is(hourBefore('2026-11-23T00:30:00.000Z'), '2026-11-22T23:30:00.000Z');
  t.is(hourAfter('2026-11-23T23:30:00.000Z'), '2026-11-24T00:30:00.000Z');
});
