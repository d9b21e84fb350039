import test from 'ava';
import { journalTrail } from '../../../lib/review/index.js';
import { after } from '../decisions.js';
import { decision, makeJournal } from '../journals.js';
import { testTrail, type TestTrail } from './contract.js';

async function openTrail(segmentBytes: number): Promise<TestTrail> {
  const { directory, write, remove } = await makeJournal(segmentBytes);
  return { trail: journalTrail(directory), write, remove };
}

testTrail('a journal of many segments', () => openTrail(8192));
testTrail('a journal of one segment', () => openTrail(1024 * 1024));

test('a range in time begins and ends at the lines an hour to either side', async (t) => {
  const journal = await makeJournal();
  try {
    const trail = journalTrail(journal.directory);
    for (let number = 0; number < 50; number += 1) await journal.write(decision(number));
    const iso = (seconds: number): string => after(seconds * 1000).toISOString();
    const found = new Set<number>();
    for (let number = 1; number < 50; number += 1) {
      const { from } = await trail.locate({ since: iso(number + 3600) });
      t.deepEqual((await trail.locate({ since: iso(number + 3600 - 0.999) })).from, from);
      const { to } = await trail.locate({ until: iso(number - 3600) });
      t.is(to, from);
      found.add(from);
    }
    t.is(found.size, 49);
    t.is((await trail.locate({ since: '1971-01-01T00:00:00.000Z' })).from, 1);
    const { from, to } = await trail.locate({ since: '9998-01-01T00:00:00.000Z' });
    t.is(from, to + 1);
  } finally {
    await journal.remove();
  }
});

test('a folder without a journal is an empty trail', async (t) => {
  const trail = journalTrail('/nowhere/at/all');
  t.deepEqual(await trail.locate({ since: '2026-01-31T00:00:00.000Z' }), { from: 1, to: 0 });
  for await (const line of trail.read({ order: 'oldest_first' })) t.fail(line.segment);
});
