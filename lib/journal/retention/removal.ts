import type { Disk } from '../disk/index.js';
import { firstHead, listSegments, type Segment } from '../lines/index.js';
import { removePresent, sizeOnDisk } from './compress.js';

/** How much is kept. */
export interface RetentionPolicy {
  readonly keepMs: number | 'always';
  readonly keepBytes: number | 'unlimited';
  /** How many lines the newest anchored checkpoint speaks of. */
  readonly anchoredSize: () => number | 'no_anchors';
  /** UTC, in milliseconds since 1970. */
  readonly now: () => number;
}

/** A closed segment, as far as keeping it is concerned. */
interface Closed {
  readonly segment: Segment;
  readonly bytes: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** The hash of its last line. */
  readonly hash: string;
  /** When the one after it was begun. */
  readonly endedAt: number;
}

/** Segments to be removed, the oldest first, and the content of the line that records it. */
export interface Removal {
  readonly segments: readonly Segment[];
  readonly content: {
    readonly segments: readonly [string, string];
    readonly count: number;
    readonly first_seq: number;
    readonly last_seq: number;
    readonly bytes: number;
    readonly hash: string;
    readonly why: 'age' | 'size';
  };
}

/** How many of the newest segments are never removed: the one being written, and the one it continues. */
const NEVER = 2;

/** Finds the oldest segments that need not be kept any more; `'none'` if all must be. Looks no further than the first of these. */
export async function findRemovable(directory: string, keeping: RetentionPolicy): Promise<Removal | 'none'> {
  if (keeping.keepMs === 'always' && keeping.keepBytes === 'unlimited') return 'none';
  const segments = await listSegments(directory);
  let left = 0;
  for (const segment of segments) left += await bytesOf(segment);
  const going: Closed[] = [];
  let why: 'age' | 'size' = 'age';
  for (const [index, segment] of segments.slice(0, -NEVER).entries()) {
    const each = await closedOf(segment, segments[index + 1]);
    // What cannot be read stays where it is, and with it all that came later.
    if (each === 'unreadable') break;
    const reason = reasonAgainst(each, left, keeping);
    if (reason === 'none' || !isAnchored(each, keeping)) break;
    if (reason === 'size') why = 'size';
    going.push(each);
    left -= each.bytes;
  }
  return removalOf(going, why);
}

async function closedOf(segment: Segment, next: Segment | undefined): Promise<Closed | 'unreadable'> {
  const own = await firstHead(segment);
  const after = next === undefined ? 'malformed' : await firstHead(next);
  if (own === 'malformed' || after === 'malformed') return 'unreadable';
  const [firstSeq, lastSeq, endedAt] = [own.seq, after.seq - 1, Date.parse(after.time)];
  return { segment, bytes: await bytesOf(segment), firstSeq, lastSeq, hash: after.prev, endedAt };
}

/** What a segment takes on disk, in whichever forms it is there. */
async function bytesOf({ path }: Segment): Promise<number> {
  const sizes = [await sizeOnDisk(path), await sizeOnDisk(`${path}.gz`)];
  return sizes.reduce((sum: number, size) => sum + (size === 'absent' ? 0 : size), 0);
}

function reasonAgainst(
  { endedAt }: Closed,
  left: number,
  { keepMs, keepBytes, now }: RetentionPolicy,
): 'age' | 'size' | 'none' {
  if (keepMs !== 'always' && endedAt < now() - keepMs) return 'age';
  return keepBytes !== 'unlimited' && left > keepBytes ? 'size' : 'none';
}

function isAnchored({ lastSeq }: Closed, { anchoredSize }: RetentionPolicy): boolean {
  const size = anchoredSize();
  return size === 'no_anchors' || size >= lastSeq;
}

function removalOf(going: readonly Closed[], why: 'age' | 'size'): Removal | 'none' {
  const [first, last] = [going[0], going.at(-1)];
  if (first === undefined || last === undefined) return 'none';
  const content = {
    segments: [first.segment.name, last.segment.name] as const,
    count: going.length,
    first_seq: first.firstSeq,
    last_seq: last.lastSeq,
    bytes: going.reduce((sum, { bytes }) => sum + bytes, 0),
    hash: last.hash,
    why,
  };
  return { segments: going.map(({ segment }) => segment), content };
}

/** Removes segments, the oldest first and each durably, so that no crash leaves a hole between those that are left. */
export async function removeSegments(disk: Disk, directory: string, segments: readonly Segment[]): Promise<void> {
  for (const { path } of segments) {
    await removePresent(disk, directory, [`${path}.gz.tmp`, `${path}.gz`, path]);
  }
}
