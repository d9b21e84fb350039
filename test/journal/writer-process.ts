/*
 * A process that writes a journal under load until it is killed: `writer-process.js DIRECTORY CALLERS [OPTIONS]`, the options of
 * `openJournal` as JSON. Prints `open`, then for each receipt `SEQ CALLER N`, as soon as it is told; `failed` and exit 70 when
 * the journal fails; exit 1 when it does not open.
 */
import { writeSync } from 'node:fs';
import { openJournal, type Journal } from '../../lib/journal/index.js';

async function call(journal: Journal, caller: number): Promise<void> {
  for (let n = 0; ; n += 1) {
    const answer = await journal.append({
      kind: 'test',
      content: { caller, n, filler: 'x'.repeat((caller * 37) % 400) },
    });
    if (answer.kind === 'not_written') return;
    tell(`${answer.seq} ${caller} ${n}`);
  }
}

function tell(line: string): void {
  writeSync(1, `${line}\n`);
}

const [directory = '', callers = '', options = '{}'] = process.argv.slice(2);
const more = JSON.parse(options) as object;
const journal = await openJournal({ directory, segmentBytes: 200_000, ...more });
if (journal.kind === 'journal') {
  tell('open');
  void journal.failed.then(() => {
    tell('failed');
    process.exit(70);
  });
  await Promise.all(Array.from({ length: Number(callers) }, (_, caller) => call(journal, caller)));
} else {
  tell(JSON.stringify(journal));
  process.exit(1);
}
