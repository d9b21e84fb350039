import { randomBytes } from 'node:crypto';
import { open, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CHANGE, CREATE, cutBack, writeDurably, type Disk, type Written } from './disk.js';
import {
  BATCH_BYTES,
  BEFORE_FIRST,
  faultInLink,
  hashLine,
  LINE_BYTES,
  listSegments,
  parseLine,
  readChunk,
  readTail,
  RECOVER_KIND,
  segmentAt,
  sizeOf,
  type Damage,
  type Link,
  type Previous,
  type Segment,
  type SegmentTail,
} from './lines/index.js';
import { dayOf } from './time.js';
import type { Entry } from './types.js';

/** Where writing goes on: behind a good line of a segment, or nowhere yet. */
export type Resumed =
  | { readonly kind: 'empty' }
  | {
      readonly kind: 'resumed';
      readonly segment: Segment;
      readonly day: string;
      readonly bytes: number;
      readonly last: Link;
    };

type Recovered = Resumed | { readonly kind: 'damaged'; readonly damage: Damage };

/**
 * Brings a journal's end in order: cuts what the last batch left torn (its bytes are kept in a side file), removes
 * segments that were begun and never used, and finds where writing goes on. Cuts nothing else: the rest is damage.
 *
 * Reads the last segment only, and the last line of the one before. Throws the system's errors.
 */
export async function recover(directory: string, disk: Disk): Promise<Recovered> {
  for (;;) {
    const segments = await listSegments(directory);
    const gap = findGap(segments);
    if (gap !== 'none') return { kind: 'damaged', damage: gap };
    const segment = segments.at(-1);
    if (segment === undefined) return { kind: 'empty' };
    if ((await sizeOf(segment)) === 0) {
      await removeSegment(directory, disk, segment);
      continue;
    }
    const found = await examine(segment, segments.at(-2));
    if (found.kind === 'damaged') return found;
    const { tail } = found;
    if (tail.rest.kind === 'torn') await cutTail(directory, disk, segment, tail.last.end, tail.rest.bytes);
    if (tail.first === 'none') continue; // Nothing is left in it: removed as an empty one.
    await settleAgain(disk, segment, tail.last.end);
    return { kind: 'resumed', segment, day: dayOf(tail.first.time), bytes: tail.last.end, last: tail.last };
  }
}

function damagedAt(segment: Segment, line: number, seq: number, offset: number, detail: string): Damage {
  return { segment: segment.name, line, seq, offset, detail };
}

function findGap(segments: readonly Segment[]): Damage | 'none' {
  const after = segments.find((segment, index) => index > 0 && segments[index - 1]?.number !== segment.number - 1);
  return after === undefined ? 'none' : damagedAt(after, 1, 0, 0, 'the segment before it is missing');
}

type Examined =
  { readonly kind: 'damaged'; readonly damage: Damage } | { readonly kind: 'examined'; readonly tail: SegmentTail };

async function examine(segment: Segment, before: Segment | undefined): Promise<Examined> {
  const previous = before === undefined ? 'none' : await endOf(before);
  if (previous !== 'none' && 'detail' in previous) return { kind: 'damaged', damage: previous };
  const tail = await readTail(segment, expectedBefore(segment, previous));
  if (tail.rest.kind === 'damaged') return tail.rest;
  const detail = tail.first === 'none' ? 'none' : faultInLink(tail.first, previous);
  if (detail === 'none') return { kind: 'examined', tail };
  return { kind: 'damaged', damage: damagedAt(segment, 1, tail.last.seq - tail.last.line + 1, 0, detail) };
}

function expectedBefore(segment: Segment, previous: Previous | 'none'): Link | 'unknown' {
  if (previous !== 'none') return previous;
  return segment.number === 1 ? BEFORE_FIRST : 'unknown';
}

/** Finds the last line of a segment that another one continues, so that it must be whole. */
async function endOf(segment: Segment): Promise<Previous | Damage> {
  const bytes = await sizeOf(segment);
  const from = Math.max(0, bytes - LINE_BYTES - 1);
  const end = await readBytes(segment, from, bytes - from);
  const last = end.subarray(end.subarray(0, -1).lastIndexOf(0x0a) + 1);
  const line = parseLine(last);
  if (typeof line !== 'string') return { segment: segment.name, seq: line.seq, hash: hashLine(last), bytes };
  const tail = (await readTail(segment, 'unknown')).last;
  return damagedAt(segment, tail.line + 1, tail.seq + 1, tail.end, `a line is broken: ${line}`);
}

async function readBytes(segment: Segment, from: number, length: number): Promise<Buffer> {
  const file = await open(segment.path, 'r');
  try {
    return await readChunk(file, from, length);
  } finally {
    await file.close();
  }
}

async function removeSegment(directory: string, disk: Disk, segment: Segment): Promise<void> {
  await disk.remove(segment.path);
  await disk.syncDirectory(directory);
}

const PENDING = /^(torn-(\d{8,15})-(\d{1,15})-[0-9a-f]{8})\.pending$/;

/** Cuts the torn rest off a segment, once its bytes are safe in a side file. */
async function cutTail(directory: string, disk: Disk, segment: Segment, end: number, torn: Buffer): Promise<void> {
  const number = String(segment.number).padStart(8, '0');
  const name = `torn-${number}-${end}-${randomBytes(4).toString('hex')}.pending`;
  await change(disk, join(directory, name), CREATE, (fd) => writeDurably(disk, fd, torn, 'end'));
  await disk.syncDirectory(directory);
  await change(disk, segment.path, CHANGE, (fd) => cutBack(disk, fd, end));
}

/**
 * Writes the last bytes of a segment once more, as they are, and syncs them.
 *
 * If this start follows a failed sync, the last batch may be in memory only, though the kernel calls it clean: a sync alone
 * would then prove nothing. Writing makes it dirty, so that the sync speaks for it, before anything is chained onto it.
 */
async function settleAgain(disk: Disk, segment: Segment, end: number): Promise<void> {
  const from = Math.max(0, end - BATCH_BYTES);
  const bytes = await readBytes(segment, from, end - from);
  await change(disk, segment.path, CHANGE, (fd) => writeDurably(disk, fd, bytes, from));
}

async function change(disk: Disk, path: string, flags: number, work: (fd: number) => Promise<Written>): Promise<void> {
  const fd = await disk.open(path, flags);
  try {
    const written = await work(fd);
    if (written.kind !== 'written') throw Object.assign(new Error(written.detail), { code: written.code });
  } finally {
    await disk.close(fd);
  }
}

/** A side file that no `recover` line speaks of yet, and the entry that will. */
export interface PendingCut {
  readonly entry: Entry;
  /** Marks the side file as recorded. Call it when the entry is on disk. */
  readonly recorded: () => Promise<void>;
}

/** Finds the cuts that are not recorded yet: this start's, and those of starts that were killed before they could. */
export async function pendingCuts(directory: string, disk: Disk): Promise<readonly PendingCut[]> {
  const found = (await readdir(directory)).map((name) => PENDING.exec(name)).filter((name) => name !== null);
  return Promise.all(found.map((name) => pendingCut(directory, disk, name)));
}

async function pendingCut(directory: string, disk: Disk, name: RegExpExecArray): Promise<PendingCut> {
  const [pending, stem, number, offset] = name;
  const bytes = await readFile(join(directory, pending));
  const file = `${stem}.cut`;
  const entry = {
    kind: RECOVER_KIND,
    content: {
      segment: segmentAt(directory, Number(number)).name,
      offset: Number(offset),
      bytes: bytes.length,
      lines: bytes.filter((byte) => byte === 0x0a).length + (bytes.at(-1) === 0x0a ? 0 : 1),
      sha256: hashLine(bytes),
      file,
    },
  };
  return { entry, recorded: () => disk.rename(join(directory, pending), join(directory, file)) };
}
