/*
 * A journal's life on a disk that gets full and has room again: `full-disk.js MOUNT_POINT`, on which a small tmpfs is
 * mounted. Prints what happened as one line of JSON.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openJournal, readJournal, verifyJournal, type Journal } from '../../lib/journal/index.js';

const [mounted = ''] = process.argv.slice(2);
const directory = join(mounted, 'journal');

function appendMany(journal: Journal, count: number): Promise<readonly (number | string)[]> {
  const content = { filler: 'x'.repeat(1000) };
  return Promise.all(
    Array.from({ length: count }, async () => {
      const answer = await journal.append({ kind: 'test', content });
      return answer.kind === 'receipt' ? answer.seq : answer.reason;
    }),
  );
}

async function live(journal: Journal): Promise<object> {
  const answers: (number | string)[] = [];
  while (!answers.includes('full')) answers.push(...(await appendMany(journal, 32)));
  const whenFull = [...new Set(await appendMany(journal, 32))];
  const state = journal.state().kind;
  const chainWhenFull = (await verifyJournal(directory)).kind;
  await rm(join(mounted, 'ballast'));
  await delay(300);
  const [after] = await appendMany(journal, 1);
  await journal.close();
  const onDisk = new Set<number>();
  for await (const line of readJournal(directory)) if (line.read === 'line') onDisk.add(line.seq);
  const receipts = [...answers, after].filter((answer) => typeof answer === 'number');
  return {
    whenFull,
    state,
    chainWhenFull,
    after: typeof after,
    receipts: receipts.length,
    missing: receipts.filter((seq) => !onDisk.has(seq)),
    chain: await verifyJournal(directory),
  };
}

await writeFile(join(mounted, 'ballast'), Buffer.alloc(200_000));
const journal = await openJournal({ directory });
if (journal.kind !== 'journal') throw new Error(journal.detail);
process.stdout.write(`${JSON.stringify(await live(journal))}\n`);
