import { appendFile, readdir, readFile, rename, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { verifyJournal } from '../../../lib/journal/index.js';
import { appendMany, opened, temporaryFolder } from '../temporary.js';

const FIRST = 'segment-00000001.jsonl';

async function removeLock(directory: string): Promise<void> {
  for (const name of await readdir(directory)) if (name.startsWith('lock')) await unlink(join(directory, name));
}

test('when the lock is removed and a second writer starts, the first one gives no receipt and adds nothing', async (t) => {
  const directory = await temporaryFolder(t);
  const first = await opened(t, { directory });
  t.like((await appendMany(first, 1))[0], { kind: 'receipt' });
  await removeLock(directory);
  const second = await opened(t, { directory });
  for (const answer of await appendMany(first, 3)) t.like(answer, { kind: 'not_written', reason: 'failed' });
  t.is((await first.failed).reason, 'failed');
  for (const answer of await appendMany(second, 3)) t.like(answer, { kind: 'receipt' });
  await first.close();
  await second.close();
  t.like(await verifyJournal(directory), { kind: 'holds' });
});

test('a lock that was removed is noticed without a second writer', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory });
  await removeLock(directory);
  t.like((await appendMany(journal, 1))[0], { kind: 'not_written', reason: 'failed' });
  const { detail } = await journal.failed;
  t.regex(detail, /the lock of the journal was removed or taken over/);
});

/** What may be done to the file that is written. */
const CHANGES: Readonly<Record<string, readonly [(path: string) => Promise<void>, RegExp]>> = {
  'added to': [(path) => appendFile(path, 'x'), /has \d+ bytes instead of \d+: another process writes to it/],
  cut: [(path) => truncate(path, 10), /has \d+ bytes instead of \d+/],
  removed: [unlink, /is not there any more/],
  'moved away': [(path) => rename(path, `${path}.old`), /is not there any more/],
  'replaced by a copy': [
    async (path) => {
      const text = await readFile(path);
      await rename(path, `${path}.old`);
      await writeFile(path, text);
    },
    /was replaced by another file/,
  ],
};

for (const [what, [change, detail]] of Object.entries(CHANGES)) {
  test(`when the file that is written is ${what}, the journal has failed`, async (t: ExecutionContext) => {
    const directory = await temporaryFolder(t);
    const journal = await opened(t, { directory });
    await appendMany(journal, 1);
    await change(join(directory, FIRST));
    t.like((await appendMany(journal, 1))[0], { kind: 'not_written', reason: 'failed' });
    t.regex((await journal.failed).detail, detail);
  });
}
