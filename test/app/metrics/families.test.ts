import test from 'ava';
import { createExposition, families } from '../../../lib/app/metrics/index.js';
import { statusOf } from '../../../lib/app/status/index.js';
import type { InstanceFacts } from '../../../lib/app/facts/index.js';
import { exampleFacts } from '../facts/example-facts.js';
import { sameAsGolden } from '../../fixtures/golden.js';

const AT = '2026-11-23T10:20:30.456Z';

async function numbersOf(facts: InstanceFacts): Promise<string> {
  const text = await createExposition(families, () => facts).text();
  return `${text
    .split('\n')
    .filter((line) => line.startsWith('tidegate_'))
    .join('\n')}\n`;
}

test('the facts of an instance as metrics: every name and label', async (t) => {
  sameAsGolden(t, 'app/metrics/families.golden', await numbersOf(exampleFacts()));
});

test('an anchor has its size, its time, and whether it is an alarm', async (t) => {
  const accepted = { size: 7, root: 'r', at: AT };
  const text = await numbersOf(
    exampleFacts({
      anchors: [
        { name: 'vault', state: 'current', accepted, detail: 'none' },
        { name: 'new', state: 'behind', accepted: 'none', detail: 'none' },
        { name: 'away', state: 'stale', accepted, detail: 'refused' },
        { name: 'other', state: 'went_back', accepted, detail: 'cut' },
      ],
    }),
  );
  t.regex(text, /^tidegate_anchor_records\{anchor="vault"\} 7$/m);
  t.regex(text, /^tidegate_anchor_records\{anchor="new"\} 0$/m);
  t.regex(text, /^tidegate_anchor_accepted_timestamp_seconds\{anchor="vault"\} 1795429230\.456$/m);
  t.notRegex(text, /accepted_timestamp_seconds\{anchor="new"\}/, 'never is no time');
  const alarms = [...text.matchAll(/^tidegate_anchor_alarm\{anchor="(\w+)"\} 1$/gm)].map(([, name]) => name);
  t.deepEqual(alarms, ['away', 'other']);
});

test('a sink shows how far it is behind', async (t) => {
  const text = await numbersOf(exampleFacts());
  for (const line of ['lag_records{sink="siem"} 12', 'lag_seconds{sink="siem"} 1.5', 'failing{sink="siem"} 1'])
    t.true(text.includes(`tidegate_sink_${line}\n`), line);
  for (const line of ['missed_records{sink="siem"} 3', 'skipped_records{sink="siem"} 1'])
    t.true(text.includes(`tidegate_sink_${line}\n`), line);
});

test('removal that is held after a jump of the clock has the uptime that is left', async (t) => {
  const { journal } = exampleFacts();
  if (journal.state.kind !== 'writing') return t.fail();
  const removalHold = { why: 'jumped', since: AT, byMs: 60_000, remainingMs: 7_200_000 } as const;
  const facts = exampleFacts({ journal: { ...journal, state: { ...journal.state, removalHold } } });
  t.regex(await numbersOf(facts), /^tidegate_journal_removal_held_seconds 7200$/m);
  t.like(statusOf(facts).journal, {
    removal_held: { why: 'jumped', since: AT, by_seconds: 60, remaining_seconds: 7_200 },
  });
});
