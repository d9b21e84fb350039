import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errorCode, errorMessage } from '../system/index.js';
import { APPEND, realDisk, takeLock, type Disk, type Lock } from './disk/index.js';
import { BEFORE_FIRST, linkContent, RECOVER_KIND, SEGMENT_KIND, segmentAt, type Damage } from './lines/index.js';
import { damagedAt, examine, repairEnd, pendingFiles, type Examined, type WritePosition } from './recovery/index.js';
import {
  EMPTY_RANGE,
  readOrCreateKey,
  type KeyFound,
  type SignedCheckpoint,
  type Signers,
  type SigningKey,
} from './proof/index.js';
import type { JournalLocation, JournalProblem } from './options.js';
import {
  createSegment,
  dayOf,
  Stamper,
  systemClock,
  Writer,
  type Clock,
  type DurableState,
  type Entry,
  type NotWritten,
  type Receipt,
  type SegmentInUse,
  type WriterEvents,
  type WriterSettings,
} from './writer/index.js';

/** A journal's place, with nothing left out. */
export interface CompleteLocation {
  readonly directory: string;
  readonly keyFile: string;
  readonly disk: Disk;
  readonly clock: Clock;
}

/** Gives a place with nothing left out. */
export function completeLocation({
  directory,
  keyFile,
  disk = realDisk,
  clock = systemClock,
}: JournalLocation): CompleteLocation {
  const absolute = resolve(directory);
  return { directory: absolute, keyFile: resolve(keyFile ?? `${absolute}.key`), disk, clock };
}

/** Holds the lock of a journal while something is done with it; the lock is freed unless that gave something to keep. */
export async function withLock<T extends { readonly kind: string }>(
  { directory, disk }: CompleteLocation,
  work: (lock: Lock) => Promise<T | JournalProblem>,
  keeps: (done: T | JournalProblem) => boolean,
): Promise<T | JournalProblem> {
  try {
    await makeDirectory(directory, disk);
    const lock = await takeLock(directory);
    if (lock.kind === 'held') return locked(directory, lock.pid);
    let kept = false;
    try {
      const done = await work(lock);
      kept = keeps(done);
      return done;
    } finally {
      if (!kept) await lock.release();
    }
  } catch (error) {
    if (errorCode(error) === 'none') throw error;
    return unwritable(directory, errorCode(error), errorMessage(error));
  }
}

/** A journal's end as it was found, and the key that may sign on from there. Nothing has been changed yet. */
export interface JournalEnd {
  readonly kind: 'found';
  readonly examined: Exclude<Examined, { readonly kind: 'damaged' }>;
  readonly key: SigningKey;
}

/** Looks at a journal's end and for its key, which is made where there is to be one. */
export async function readEnd(location: CompleteLocation): Promise<JournalEnd | JournalProblem> {
  const seen = await inspectEnd(location, readOrCreateKey);
  return seen.kind === 'seen' ? { kind: 'found', examined: seen.examined, key: seen.key.key } : seen;
}

/** Looks at a journal's end, and for its key in the way that is handed in. Changes nothing by itself. */
export async function inspectEnd<Key extends { readonly kind: 'key' | 'absent' }>(
  { directory, keyFile }: CompleteLocation,
  find: (
    keyFile: string,
    newest: SignedCheckpoint | 'none',
  ) => Promise<Key | Extract<KeyFound, { kind: 'wrong_key' | 'bad_signature' }>>,
): Promise<
  | { readonly kind: 'seen'; readonly examined: JournalEnd['examined']; readonly key: Key }
  | Extract<JournalProblem, { readonly kind: 'damaged' | 'wrong_key' }>
> {
  const examined = await examine(directory);
  if (examined.kind === 'damaged') return damaged(directory, examined.damage);
  const newest = examined.kind === 'empty' ? 'none' : examined.position.tree.newest;
  const key = await find(keyFile, newest);
  switch (key.kind) {
    case 'wrong_key':
      return { ...key, directory, keyFile };
    case 'bad_signature':
      if (newest === 'none') throw new Error(key.detail);
      return damaged(directory, (await damagedAt(directory, newest.line, key.detail)).damage);
    default:
      return { kind: 'seen', examined, key };
  }
}

/** The same, but for a journal in which accepting damage was cut short: that must be finished first. */
export async function readOpenableEnd(location: CompleteLocation): Promise<JournalEnd | JournalProblem> {
  const { directory } = location;
  const [unfinished] = await pendingFiles(directory, location.disk, 'gap');
  if (unfinished === undefined) return readEnd(location);
  const { segment, offset } = unfinished;
  const detail = 'accepting a gap was started here and not finished';
  return {
    ...damaged(directory, { segment, offset, line: 0, seq: 0, detail }),
    remedy: 'finish it with tidegate audit accept-gap',
  };
}

/** What a writer needs beside its folder and its signers. */
type WriterOptions = Pick<WriterSettings, 'segmentBytes' | 'waitingBytes' | 'retryMs' | 'checkpointLines' | 'reserve'>;

/** Repairs a journal's end as it was found, and makes a writer that goes on from there. */
export async function openWriter(
  location: CompleteLocation,
  { examined }: JournalEnd,
  signers: Signers,
  settings: WriterOptions,
  events: WriterEvents,
): Promise<Writer> {
  const { directory, disk } = location;
  const position = examined.kind === 'empty' ? 'none' : examined.position;
  await repairEnd(directory, disk, examined.leftovers, position);
  const durable = await openDurable(location, position);
  return new Writer({ ...location, ...settings, signers }, durable, events);
}

async function openDurable(
  { directory, disk, clock }: CompleteLocation,
  position: WritePosition | 'none',
): Promise<DurableState> {
  if (position === 'none') {
    const inUse: SegmentInUse = {
      segment: await createSegment(disk, directory, segmentAt(directory, 1)),
      day: dayOf(new Stamper(clock).stamp().time),
    };
    return { inUse, bytes: 0, last: { ...BEFORE_FIRST, range: EMPTY_RANGE, checkpointed: 0 } };
  }
  const { segment, begun, bytes, last, tree } = position;
  const inUse: SegmentInUse = { segment: { ...segment, fd: await disk.open(segment.path, APPEND) }, day: dayOf(begun) };
  const checkpointed = tree.newest === 'none' ? 0 : tree.newest.line.seq;
  return { inUse, bytes, last: { seq: last.seq, hash: last.hash, range: tree.range, checkpointed } };
}

/**
 * Writes what the journal has to say itself at a start: that a first segment begins, what was cut off, what else is given,
 * and a checkpoint over it. All of it is on disk when this settles with `'none'`.
 */
export async function writeFirstLines(
  { directory, disk }: CompleteLocation,
  writer: Writer,
  { examined }: JournalEnd,
  others: readonly Entry[] = [],
): Promise<NotWritten | 'none'> {
  const empty = examined.kind === 'empty';
  const first = empty ? [writer.appendOwn({ kind: SEGMENT_KIND, content: linkContent('none') })] : [];
  // INVARIANT: each segment's second line is a checkpoint.
  const begun = empty || examined.position.lines === 1;
  const refused = await firstRefusal([...first, ...(begun ? [writer.checkpoint()] : [])]);
  if (refused !== 'none') return refused;
  const cuts = await pendingFiles(directory, disk, 'torn');
  const entries = [
    ...cuts.map(({ segment, offset, bytes, lines, sha256, file }) => {
      return { kind: RECOVER_KIND, content: { segment, offset, bytes, lines, sha256, file } };
    }),
    ...others,
  ];
  if (begun && entries.length === 0) return 'none';
  const refusal = await firstRefusal([...entries.map((entry) => writer.appendOwn(entry)), writer.checkpoint()]);
  if (refusal !== 'none') return refusal;
  for (const { recorded } of cuts) await recorded();
  return 'none';
}

async function firstRefusal(writing: readonly Promise<Receipt | NotWritten>[]): Promise<NotWritten | 'none'> {
  const written = await Promise.all(writing);
  return written.find((each) => each.kind === 'not_written') ?? 'none';
}

/**
 * Makes the directory and those above it, each durable by name. Not by `mkdir`'s own `recursive`, which never comes back
 * where a parent is there and yet takes no directories (`/proc`).
 */
async function makeDirectory(directory: string, disk: Disk): Promise<void> {
  if (await isDirectory(directory)) return;
  const parent = dirname(directory);
  if (parent !== directory) await makeDirectory(parent, disk);
  await mkdir(directory, 0o700);
  await disk.syncDirectory(parent);
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

function locked(directory: string, pid: number | 'not_visible'): JournalProblem {
  const holder = pid === 'not_visible' ? 'another process' : `process ${pid}`;
  return {
    kind: 'locked',
    directory,
    pid,
    detail: `the journal in ${directory} is in use by ${holder}`,
    remedy: 'stop that process, or give each instance its own directory',
  };
}

/** Says that the disk takes nothing. */
export function unwritable(directory: string, code: string, detail: string): JournalProblem {
  return {
    kind: 'unwritable',
    directory,
    code,
    detail: `cannot write the journal in ${directory}: ${detail}`,
    remedy: 'use a directory on a local disk with free space that this user may write',
  };
}

/** Says what is damaged. */
function damaged(directory: string, damage: Damage): Extract<JournalProblem, { readonly kind: 'damaged' }> {
  const remedy =
    'keep a copy of the directory and find out what changed it; then restore the file, or continue without the damaged part: tidegate audit accept-gap';
  return { kind: 'damaged', directory, remedy, ...damage };
}
