import { join } from 'node:path';
import test from 'ava';
import { checkClock } from '../../../../lib/cli/doctor/checks/index.js';
import { openJournal, readLast } from '../../../../lib/journal/index.js';
import { folderOf } from '../../command.js';
import { temporaryFolder } from '../../../journal/temporary.js';
import { doctor } from '../examining.js';

test.serial('a clock that stands before the newest record is a problem', async (t) => {
  const folder = await folderOf(t, { 'tidegate.yaml': 'listen: [127.0.0.1:0]\nstate: state\n' });
  const ahead = { now: () => Date.now() + 86_400_000, mono: () => performance.now() };
  const journal = await openJournal({ directory: join(folder.path, 'state', 'journal'), clock: ahead });
  if (journal.kind !== 'journal') return t.fail(journal.detail);
  await journal.append({ kind: 'test', content: {} });
  await journal.close();
  const found = await doctor(join(folder.path, 'tidegate.yaml'));
  t.is(found.code, 1);
  t.regex(found.ailing('clock').join(), /^problem it is .*, which is 8\d{4} s before record \d+ .* was set back/);
});

test('a clock that jumps between two records of one process is reported, one that is slewed is not', async (t) => {
  const directory = await temporaryFolder(t);
  const time = { wall: Date.now() - 10_000_000, mono: 0 };
  const clock = { now: () => time.wall, mono: () => time.mono };
  const journal = await openJournal({ directory, clock });
  if (journal.kind !== 'journal') return t.fail(journal.detail);
  const pass = async (wallMs: number, monoMs: number): Promise<void> => {
    time.wall += wallMs;
    time.mono += monoMs;
    await journal.append({ kind: 'test', content: {} });
  };
  await pass(1_000, 1_000);
  await pass(3_601_500, 3_600_000);
  const unpacked = new Date(0);
  const look = async () => checkClock(await readLast(directory, 50), new Date(), unpacked);
  t.deepEqual(
    (await look()).map(({ state }) => state),
    ['ok'],
  );
  await pass(-59_000, 1_000);
  await pass(1_000, 1_000);
  const [, jumped] = await look();
  t.is(jumped?.state, 'warning');
  t.regex(jumped?.words ?? '', /^the clock jumped by -60\.0 s between records \d+ and \d+ /);
  await journal.close();
});

test('a clock from before tidegate was installed is a problem', (t) => {
  const [found] = checkClock([], new Date('2020-01-01'), new Date('2026-01-01'));
  t.is(found?.state, 'problem');
});
