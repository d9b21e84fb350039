import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { readJournal, verifyJournal } from '../../lib/journal/index.js';
import { checkpointsOf, publicKey } from '../journal/checkpoints.js';
import { opened, temporaryFolder } from '../journal/temporary.js';
import { checkReceipts, startWriter } from '../journal/start-writer.js';

/** `npm run test:faults` is the long form. */
const CYCLES = process.env['TIDEGATE_LONG'] === undefined ? 20 : 200;

/** Small, so that segments turn, are compressed and removed all the time. */
const LIVES = {
  'with checkpoints and rotation': { checkpointLines: 50, checkpointMs: 20 },
  'with compression, retention and a reserve': {
    checkpointLines: 50,
    checkpointMs: 20,
    segmentBytes: 60_000,
    compress: true,
    keepBytes: 100_000,
    reserveBytes: 300_000,
    maintenanceMs: 10,
  },
} as const;

for (const [name, options] of Object.entries(LIVES)) {
  test.serial(
    `killed with -9 under load again and again, ${name}: no receipt is without its line, all holds`,
    async (t) => {
      t.timeout(1_200_000, 'a writer hangs');
      const directory = await temporaryFolder(t, tmpdir());
      const told: string[] = [];
      for (let cycle = 0; cycle < CYCLES; cycle += 1) {
        const writing = startWriter(directory, [1, 8, 64, 256][cycle % 4] ?? 1, [], options);
        await writing.tells('open');
        await delay(Math.random() * 120);
        writing.process.kill('SIGKILL');
        t.is(await writing.ended, 'SIGKILL');
        told.push(...writing.told());
      }
      await (await opened(t, { directory })).close();
      const report = await verifyJournal(directory);
      if (report.kind !== 'holds') return t.fail(JSON.stringify(report));
      t.is(report.unfinishedBytes, 0);
      const checkpoints = await checkpointsOf(directory, await publicKey(`${directory}.key`));
      if (typeof checkpoints === 'string') return t.fail(checkpoints);
      await checkReceipts(t, directory, told, report.firstSeq);
      // Whether anything was removed depends on how much a busy machine got to write.
      if (!('keepBytes' in options)) t.is(report.firstSeq, 1);
      let retentions = 0;
      for await (const line of readJournal(directory, { prefilter: (bytes) => bytes.includes('"k":"retention"') })) {
        if (line.read === 'line') retentions += 1;
      }
      const { lines, segments } = report;
      t.log(
        `${CYCLES} kills, ${told.length} receipts, ${lines} lines in ${segments} segments, ${retentions} removals told`,
      );
      t.log(`${checkpoints.length} checkpoints`);
    },
  );
}
