import test from 'ava';
import { anchorFamilies, sinkFamilies } from '../../../lib/cli/metrics/outside.js';
import { createExposition } from '../../../lib/metrics/index.js';

const AT = '2026-11-23T10:20:30.456Z';

test('an anchor tells what it has, since when, and whether it is an alarm', async (t) => {
  const accepted = { size: 7, root: 'r', at: AT };
  const text = await createExposition(
    anchorFamilies(() => [
      { name: 'vault', state: 'current', accepted, detail: 'none' },
      { name: 'new', state: 'behind', accepted: 'none', detail: 'none' },
      { name: 'away', state: 'stale', accepted, detail: 'refused' },
      { name: 'other', state: 'went_back', accepted, detail: 'cut' },
    ]),
  ).text();
  t.regex(text, /^tidegate_anchor_records\{anchor="vault"\} 7$/m);
  t.regex(text, /^tidegate_anchor_records\{anchor="new"\} 0$/m);
  t.regex(text, /^tidegate_anchor_accepted_timestamp_seconds\{anchor="vault"\} 1795429230\.456$/m);
  t.notRegex(text, /accepted_timestamp_seconds\{anchor="new"\}/, 'never is no time');
  const alarms = [...text.matchAll(/^tidegate_anchor_alarm\{anchor="(\w+)"\} 1$/gm)].map(([, name]) => name);
  t.deepEqual(alarms, ['away', 'other']);
});

test('a sink tells how far it is behind', async (t) => {
  const text = await createExposition(
    sinkFamilies(() => [
      {
        ...{ name: 'siem', state: 'failing', accepted: 'none', lag: { records: 12, ms: 1500 }, error: 'away' },
        ...{ failingMs: 1500, missed: { records: 3, last: 'none' }, refused: 'none', skipped: 1 },
      },
    ]),
  ).text();
  for (const line of ['lag_records{sink="siem"} 12', 'lag_seconds{sink="siem"} 1.5', 'failing{sink="siem"} 1'])
    t.true(text.includes(`tidegate_sink_${line}\n`), line);
  for (const line of ['missed_records{sink="siem"} 3', 'skipped_records{sink="siem"} 1'])
    t.true(text.includes(`tidegate_sink_${line}\n`), line);
});
