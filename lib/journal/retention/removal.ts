import { stat } from 'node:fs/promises';
import { unlessAbsent } from '../../system/index.js';
import { firstHead, listSegments, type Segment } from '../lines/index.js';
import type { WatchedMoment } from './clock-watch.js';

/** What is done with closed segments. */
export interface RetentionOptions {
  readonly compress: boolean;
  /** How long lines are kept, and how much disk all of them may take, before the oldest segments are removed. */
  readonly keepMs: number | 'always';
  readonly keepBytes: number | 'unlimited';
  /** How many lines the newest checkpoint that an anchor has accepted covers: only these may be removed. */
  readonly anchoredSize: () => number | 'no_anchors';
  /** How often age and size are checked, in addition to when a segment is begun. */
  readonly maintenanceMs: number;
}

/** Segments to be removed, the oldest first, and the content of the line that records it. */
export interface Removal {
  readonly segments: readonly Segment[];
  readonly content: { readonly [field: string]: string | number | readonly string[] };
}

type Reason = 'age' | 'size';

/** A closed segment. Its last line is known from the first line of the next one, which was written at `endedAt`. */
interface Closed {
  readonly segment: Segment;
  readonly bytes: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lastHash: string;
  readonly beganAt: number;
  readonly endedAt: number;
}

/** How many of the newest segments are never removed: the one being written, and the one it continues. */
const NEVER = 2;

/** Finds the oldest segments that need not be kept; `'none'` if all must be. Stops at the first one that must be kept. */
export async function findRemovable(
  directory: string,
  options: RetentionOptions,
  moment: WatchedMoment,
): Promise<Removal | 'none'> {
  if (options.keepMs === 'always' && options.keepBytes === 'unlimited') return 'none';
  const segments = await listSegments(directory);
  let left = 0;
  for (const segment of segments) left += await bytesOf(segment);
  const going: Closed[] = [];
  // The clock was behind when they ended, so that they look older than they are: they go with the next one that does.
  let doubtful: Closed[] = [];
  let newest = -Infinity;
  let why: Reason = 'age';
  for (const [index, segment] of segments.slice(0, -NEVER).entries()) {
    const each = await closedOf(segment, segments[index + 1]);
    // An unreadable segment is kept, and with it all that came later.
    if (each === 'unreadable' || !isAnchored(each, options)) break;
    const isDoubtful = each.endedAt < Math.max(newest, each.beganAt);
    newest = Math.max(newest, each.beganAt, each.endedAt);
    const reason = reasonAgainst(each, left, options, moment);
    if (reason === 'none') break;
    doubtful.push(each);
    if (reason === 'age' && isDoubtful) continue;
    if (reason === 'size') why = 'size';
    going.push(...doubtful);
    left -= doubtful.reduce((sum, { bytes }) => sum + bytes, 0);
    doubtful = [];
  }
  return removalOf(going, why);
}

async function closedOf(segment: Segment, next: Segment | undefined): Promise<Closed | 'unreadable'> {
  const own = await firstHead(segment);
  const after = next === undefined ? 'malformed' : await firstHead(next);
  if (own === 'malformed' || after === 'malformed') return 'unreadable';
  return {
    segment,
    bytes: await bytesOf(segment),
    firstSeq: own.seq,
    lastSeq: after.seq - 1,
    lastHash: after.prev,
    beganAt: Date.parse(own.time),
    endedAt: Date.parse(after.time),
  };
}

/** The disk space of a segment, plain and compressed. */
async function bytesOf({ path }: Segment): Promise<number> {
  let bytes = 0;
  for (const form of [path, `${path}.gz`]) {
    const found = await unlessAbsent(stat(form));
    if (found !== 'absent') bytes += found.size;
  }
  return bytes;
}

function reasonAgainst(
  { endedAt }: Closed,
  left: number,
  { keepMs, keepBytes }: RetentionOptions,
  { now, ageHeld }: WatchedMoment,
): Reason | 'none' {
  if (keepMs !== 'always' && !ageHeld && endedAt < now - keepMs) return 'age';
  return keepBytes !== 'unlimited' && left > keepBytes ? 'size' : 'none';
}

function isAnchored({ lastSeq }: Closed, { anchoredSize }: RetentionOptions): boolean {
  const size = anchoredSize();
  return size === 'no_anchors' || size >= lastSeq;
}

function removalOf(going: readonly Closed[], why: Reason): Removal | 'none' {
  const [first, last] = [going[0], going.at(-1)];
  if (first === undefined || last === undefined) return 'none';
  const content = {
    segments: [first.segment.name, last.segment.name],
    count: going.length,
    first_seq: first.firstSeq,
    last_seq: last.lastSeq,
    bytes: going.reduce((sum, { bytes }) => sum + bytes, 0),
    hash: last.lastHash,
    why,
  };
  return { segments: going.map(({ segment }) => segment), content };
}
