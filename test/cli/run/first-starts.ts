/*
 * First starts on a disk with room for nothing, then for one page more each time: run it where `TMPDIR` is a small tmpfs. Prints
 * as one line of JSON how each start ended, up to the first that does not fail.
 */
import { appendFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NotStarted, startTidegate } from '../../fixtures/tidegate.js';

const PAGE = 4096;
const SPARE_PAGES = 8;

const [mounted = ''] = process.argv.slice(2);
const ballast = join(mounted, 'ballast');

/** Fills the disk but for some pages. */
async function fillBut(pages: number): Promise<void> {
  for (let size = 0; ; size += PAGE) {
    const filled = await appendFile(ballast, Buffer.alloc(PAGE)).then(
      () => true,
      () => false,
    );
    if (!filled) return truncate(ballast, Math.max(0, size - pages * PAGE));
  }
}

async function startWith(pages: number): Promise<readonly [code: number | string, said: string]> {
  await writeFile(ballast, '');
  try {
    const running = await startTidegate({ prepare: () => fillBut(pages) });
    await running.discard();
    return ['started', ''];
  } catch (error) {
    if (error instanceof NotStarted) return [error.code, error.message];
    throw error;
  }
}

const starts: (readonly [code: number | string, said: string])[] = [];
for (let pages = 0; pages <= SPARE_PAGES && starts.at(-1)?.[0] !== 'started'; pages += 1)
  starts.push(await startWith(pages));
process.stdout.write(`${JSON.stringify(starts)}\n`);
