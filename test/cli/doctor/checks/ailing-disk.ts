/*
 * The doctor at a tidegate whose disk gets full, and is then mounted read-only: run it where `TMPDIR` is a small tmpfs of
 * its own mount namespace. Prints what was found as one line of JSON.
 */
import { spawnSync } from 'node:child_process';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTidegate } from '../../../fixtures/tidegate.js';
import { until } from '../../../fixtures/waiting.js';
import { carriedOut } from '../../command.js';
import { doctor } from '../examining.js';

const [mounted = ''] = process.argv.slice(2);

async function fill(path: string): Promise<void> {
  for (let bytes = 65_536; bytes >= 1;) {
    const filled = await appendFile(path, Buffer.alloc(bytes)).then(
      () => true,
      () => false,
    );
    if (!filled) bytes = Math.floor(bytes / 4);
  }
}

const tidegate = await startTidegate({ config: { journal: { reserve: 'none', compress: false } } });
const config = join(tidegate.folder.path, 'tidegate.yaml');
const state = join(tidegate.folder.path, 'state');
// Each question is a record, until there is no room left for one. What is freed meanwhile is filled again.
await until(
  async () => {
    await fill(join(mounted, 'ballast'));
    await doctor(config);
    return (await carriedOut(['status', '--state', state])).stdout.includes('not writable');
  },
  () => 'it never gets full',
  // Ten examinations or so, each of which may take seconds on a busy machine.
  60_000,
);
const full = await doctor(config);
await tidegate.stop();
spawnSync('mount', ['-o', 'remount,ro', mounted]);
const readOnly = await doctor(config);
process.stdout.write(`${JSON.stringify({ full: full.findings, readOnly: readOnly.findings })}\n`);
