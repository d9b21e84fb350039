import { CHANGE, change, cutBack, writeDurably, type Disk } from '../disk/index.js';
import { readBytes } from '../bytes/index.js';
import { BATCH_BYTES } from '../lines/index.js';
import type { Leftover, WritePosition } from './examine.js';
import { makePlain } from './plain.js';
import { tornName, writeAside } from './side-files.js';

/**
 * Brings a journal's end in order, as `examine` found it: cuts what the last batch left torn (its bytes are kept in a side
 * file), and removes segments that were begun and never used. Throws the system's errors.
 */
export async function repairEnd(
  directory: string,
  disk: Disk,
  leftovers: readonly Leftover[],
  position: WritePosition | 'none',
): Promise<void> {
  for (const { segment, end, torn } of leftovers) {
    if (torn.length > 0) {
      await writeAside(disk, directory, tornName(segment, end), [torn]);
      await change(disk, segment.path, CHANGE, (fd) => cutBack(disk, fd, end));
    }
    if (end > 0) continue;
    await disk.remove(segment.path);
    await disk.syncDirectory(directory);
  }
  if (position === 'none') return;
  // Where newer segments have gone, the newest one left may be a compressed one.
  await makePlain(disk, directory, position.segment, position.bytes);
  await settleAgain(disk, position);
}

/**
 * Writes the last bytes of a segment once more, as they are, and syncs them.
 *
 * If this start follows a failed sync, the last batch may be in memory only, though the kernel calls it clean: a sync alone
 * would then prove nothing. Writing makes it dirty, so that the sync speaks for it, before anything is chained onto it.
 */
async function settleAgain(disk: Disk, { segment, bytes: end }: WritePosition): Promise<void> {
  const from = Math.max(0, end - BATCH_BYTES);
  const bytes = await readBytes(segment, from, end - from);
  await change(disk, segment.path, CHANGE, (fd) => writeDurably(disk, fd, bytes, from));
}
