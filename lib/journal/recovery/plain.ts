import { stat } from 'node:fs/promises';
import { unlessAbsent } from '../../system/index.js';
import { copyInto, removeDurably, type Disk } from '../disk/index.js';
import { readRange } from '../bytes/index.js';
import type { Segment } from '../lines/index.js';

/** Whether a segment is there as a plain file. */
export async function isPlain({ path }: Segment): Promise<boolean> {
  return (await unlessAbsent(stat(path))) !== 'absent';
}

/** Makes a compressed segment a plain one, of so many bytes, so that it can be written to. */
export async function makePlain(disk: Disk, directory: string, segment: Segment, bytes: number): Promise<void> {
  if (await isPlain(segment)) return;
  await copyInto(disk, directory, segment.path, readRange(segment.path, 0, bytes));
  await removeDurably(disk, directory, `${segment.path}.gz`);
}
