import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { CHANGE, change, cutBack, type Disk } from '../disk/index.js';
import { readBytes, readRange } from '../bytes/index.js';
import {
  hashLine,
  LINE_BYTES,
  lineEndingAt,
  listSegments,
  parseLine,
  sizeOf,
  type Damage,
  type Segment,
} from '../lines/index.js';
import { isPlain, makePlain } from './plain.js';
import { gapName, writeAside } from './side-files.js';

/**
 * Takes damage out of a journal, and all that follows it: what is left ends with the line before, or the one before that
 * where a later line says that it was another. Every byte is kept in side files. If no line would be left, nothing is
 * changed and the result is `'nothing_good'`.
 *
 * INVARIANT: wherever this is cut short, what is left is damaged at the same place, or has side files that no line names:
 * either keeps the journal from being opened until it is done again.
 */
export async function setAside(directory: string, disk: Disk, damage: Damage): Promise<'done' | 'nothing_good'> {
  const segments = await listSegments(directory);
  const { at, offset } = await firstToGo(segments, {
    at: segments.findIndex(({ name }) => name === damage.segment),
    offset: damage.offset,
  });
  const segment = segments[at];
  if (segment === undefined) throw new Error(`${damage.segment} was removed while damage in it was set aside`);
  if (at === 0 && offset === 0) return 'nothing_good';
  const whole = segments.slice(offset === 0 ? at : at + 1);
  for (const each of whole.toReversed()) await renameAside(disk, directory, each);
  if (offset > 0) await cutAside(disk, directory, segment, offset);
  return 'done';
}

/** A place in a list of segments. */
interface CutPoint {
  readonly at: number;
  readonly offset: number;
}

/**
 * Where two lines follow each other by number, but the second does not have the first one's hash, nothing shows which one
 * was changed: then neither must be signed again.
 */
async function firstToGo(segments: readonly Segment[], damaged: CutPoint): Promise<CutPoint> {
  const [at, end] = damaged.offset > 0 ? [damaged.at, damaged.offset] : [damaged.at - 1, Infinity];
  const [segment, segmentBefore] = [segments[damaged.at], segments[at]];
  if (segment === undefined || segmentBefore === undefined) return damaged;
  const before = await lineEndingAt(segmentBefore, Math.min(end, await sizeOf(segmentBefore)));
  const bytes = await readBytes(segment, damaged.offset, LINE_BYTES);
  const [first, second] = [parseLine(before.bytes), parseLine(bytes.subarray(0, bytes.indexOf(NEWLINE) + 1))];
  if (first.read === 'damaged' || second.read === 'damaged') return damaged;
  const contradicts = second.seq === first.seq + 1 && second.prev !== hashLine(before.bytes);
  return contradicts ? { at, offset: before.offset } : damaged;
}

const NEWLINE = 0x0a;

async function renameAside(disk: Disk, directory: string, segment: Segment): Promise<void> {
  const form = (await isPlain(segment)) ? 'jsonl' : 'jsonl.gz';
  const path = form === 'jsonl' ? segment.path : `${segment.path}.gz`;
  await disk.rename(path, join(directory, gapName(segment, 0, form)));
  await disk.syncDirectory(directory);
  // Both forms may be there, if it was being compressed.
  if (form === 'jsonl' && (await listSegments(directory)).some(({ name }) => name === segment.name)) {
    await renameAside(disk, directory, segment);
  }
}

async function cutAside(disk: Disk, directory: string, segment: Segment, offset: number): Promise<void> {
  if (!(await isPlain(segment))) {
    // First the side file: as long as no line names it, the journal does not open.
    await writeAside(disk, directory, gapName(segment, 0, 'jsonl.gz'), createReadStream(`${segment.path}.gz`));
    await makePlain(disk, directory, segment, offset);
    return;
  }
  const size = await sizeOf(segment);
  await writeAside(disk, directory, gapName(segment, offset, 'jsonl'), readRange(segment.path, offset, size));
  await change(disk, segment.path, CHANGE, (fd) => cutBack(disk, fd, offset));
}
