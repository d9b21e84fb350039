import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { CHANGE, change, cutBack, type Disk } from '../disk/index.js';
import {
  hashLine,
  LINE_BYTES,
  listSegments,
  openText,
  parseLine,
  sizeOf,
  type Damage,
  type ParsedLine,
  type Segment,
} from '../lines/index.js';
import { readBytes } from './examine.js';
import { isPlain, makePlain } from './plain.js';
import { gapName, writeAside } from './side-files.js';

const CHUNK = 1024 * 1024;

/**
 * Takes damage out of a journal, and all that stands behind it: what is left ends with the line before, or the one before
 * that where a line behind it says that it was another. Every byte is kept in side files. Nothing is changed, and
 * `'nothing_good'` the answer, if no line is left.
 *
 * INVARIANT: wherever this is cut short, what is left is damaged at the same place, or has side files that nothing tells of:
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
 * Where two lines follow each other by number, but the second does not bear the first one's hash, nobody can tell which one
 * was changed: then neither must be signed anew.
 */
async function firstToGo(segments: readonly Segment[], damaged: CutPoint): Promise<CutPoint> {
  const before = await lineBefore(segments, damaged);
  const second = await lineAt(segments[damaged.at], damaged.offset);
  if (before === 'none' || second === 'none') return damaged;
  const first = parseLine(before.bytes);
  const contradicts =
    typeof first !== 'string' && second.seq === first.seq + 1 && second.prev !== hashLine(before.bytes);
  return contradicts ? before : damaged;
}

async function lineAt(segment: Segment | undefined, offset: number): Promise<ParsedLine | 'none'> {
  if (segment === undefined) return 'none';
  const bytes = await readBytes(segment, offset, LINE_BYTES);
  const line = parseLine(bytes.subarray(0, bytes.indexOf(NEWLINE) + 1));
  return typeof line === 'string' ? 'none' : line;
}

async function lineBefore(
  segments: readonly Segment[],
  { at, offset }: CutPoint,
): Promise<(CutPoint & { readonly bytes: Buffer }) | 'none'> {
  const place = offset > 0 ? at : at - 1;
  const segment = segments[place];
  if (segment === undefined) return 'none';
  const end = offset > 0 ? offset : await sizeOf(segment);
  const from = Math.max(0, end - LINE_BYTES - 1);
  const bytes = await readBytes(segment, from, end - from);
  const start = bytes.subarray(0, -1).lastIndexOf(NEWLINE) + 1;
  return { at: place, offset: from + start, bytes: bytes.subarray(start) };
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
    // First the side file: as long as nothing tells of it, nothing goes on from what is left.
    await writeAside(disk, directory, gapName(segment, 0, 'jsonl.gz'), createReadStream(`${segment.path}.gz`));
    await makePlain(disk, directory, segment, offset);
    return;
  }
  const size = await sizeOf(segment);
  await writeAside(disk, directory, gapName(segment, offset, 'jsonl'), rest(segment, offset, size));
  await change(disk, segment.path, CHANGE, (fd) => cutBack(disk, fd, offset));
}

async function* rest(segment: Segment, from: number, to: number): AsyncGenerator<Buffer> {
  const text = await openText(segment.path);
  try {
    for (let at = from; at < to;) {
      const chunk = await text.read(at, Math.min(CHUNK, to - at));
      if (chunk.length === 0) return;
      yield chunk;
      at += chunk.length;
    }
  } finally {
    await text.close();
  }
}
