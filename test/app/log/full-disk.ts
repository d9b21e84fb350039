/*
 * The log on a small disk that gets full, and has room again: run it where the argument is a small tmpfs. Prints what happened
 * as one line of JSON.
 */
import { randomBytes } from 'node:crypto';
import { appendFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openLog } from '../../../lib/app/log/index.js';
import { until } from '../../fixtures/waiting.js';
import { localLookup } from '../../fixtures/local-lookup.js';

const folder = process.argv[2] ?? '';
const ballast = join(folder, 'ballast');
const file = join(folder, 'tidegate.log');

async function fill(): Promise<void> {
  for (let bytes = 65_536; bytes >= 1;) {
    const filled = await appendFile(ballast, randomBytes(bytes)).then(
      () => true,
      () => false,
    );
    if (!filled) bytes = Math.floor(bytes / 4);
  }
}

const transports = [{ use: 'file', options: { filename: file, maxsize: 100_000, maxFiles: 2 } }];
const log = await openLog({
  level: 'info',
  format: 'json',
  style: { colours: false },
  transports,
  folder,
  lookup: localLookup,
});
if (log.kind !== 'log') throw new Error(log.detail);
const lines = (): Promise<string> => readFile(file, 'utf8');

log.info('before');
await until(
  async () => (await lines()).includes('before'),
  () => 'the first line is not in the file',
);
await fill();
// Some lines fit into the last block, the short ones for longer.
for (let n = 0; log.dropped() < 20 || log.failing().length === 0; n += 1) {
  log.info('while full', { n, filler: 'x'.repeat(n % 2 === 0 ? 500 : 1) });
  await new Promise((resolve) => setTimeout(resolve, 5));
}
const whenFull = { failing: log.failing(), dropped: log.dropped() };
await rm(ballast);
log.info('after');
await until(
  async () => (await lines()).includes('works again'),
  () => 'the file has nothing after the disk had room again',
);
const failingAfter = log.failing();
await log.close();
const events = (await lines()).trimEnd().split('\n');
process.stdout.write(JSON.stringify({ whenFull, failingAfter, events }));
