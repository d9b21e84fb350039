import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, errorMessage, remedyFor, unlessAbsent } from '../system/index.js';
import { APPEND, inodeOf, takeLock, type Disk, type Lock } from './disk/index.js';
import { BEFORE_FIRST, CLOCK_KIND, linkContent, RECOVER_KIND, SEGMENT_KIND, type Damage } from './lines/index.js';
import { damagedAt, examine, repairEnd, pendingFiles, type Examined, type WritePosition } from './recovery/index.js';
import { EMPTY_RANGE, readOrCreateKey, type KeyFound, type SignedCheckpoint, type Signers } from './proof/index.js';
import { checkFormat } from './format.js';
import type { JournalLocation, JournalOptions, JournalProblem } from './options.js';
import type { ClockEvent } from './retention/index.js';
import {
  createSegment,
  dayOf,
  Writer,
  type DurableState,
  type Entry,
  type NotWritten,
  type Receipt,
  type WriterParts,
} from './writer/index.js';

type CompleteLocation = Required<JournalLocation>;

/** Holds the lock of a journal while `work` runs, and after it if the result is an open journal. */
export async function withLock<T extends { readonly kind: string }>(
  { directory, disk }: CompleteLocation,
  work: (lock: Lock) => Promise<T | JournalProblem>,
): Promise<T | JournalProblem> {
  try {
    await makeDirectory(directory, disk);
    const lock = await takeLock(directory);
    if (lock.kind === 'held') return locked(directory, lock.pid);
    let kept = false;
    try {
      const done = await work(lock);
      kept = done.kind === 'journal';
      return done;
    } finally {
      if (!kept) await lock.release();
    }
  } catch (error) {
    if (errorCode(error) === 'none') throw error;
    return unwritable(directory, errorCode(error), errorMessage(error));
  }
}

/** The end of a journal as it was found, and its key. Nothing has been changed yet. */
export interface JournalEnd<Key = Extract<KeyFound, { readonly kind: 'key' }>> {
  readonly kind: 'found';
  readonly leftovers: Exclude<Examined, { readonly kind: 'damaged' }>['leftovers'];
  /** `'none'`: the journal has no line yet. */
  readonly position: WritePosition | 'none';
  readonly key: Key;
}

/** Examines the end of a journal and reads its key with `readKey`. Changes nothing else. */
export async function readEnd<Key extends { readonly kind: 'key' | 'absent' }>(
  { directory, keyFile }: CompleteLocation,
  readKey: (keyFile: string, newest: SignedCheckpoint | 'none') => Promise<Key | Exclude<KeyFound, { kind: 'key' }>>,
): Promise<JournalEnd<Key> | Extract<JournalProblem, { readonly kind: 'damaged' | 'wrong_key' | 'newer_format' }>> {
  const format = await checkFormat(directory);
  if (format !== 'known') return format;
  const examined = await examine(directory);
  if (examined.kind === 'damaged') return damaged(directory, examined.damage);
  const position = examined.kind === 'empty' ? 'none' : examined.position;
  const newest = position === 'none' ? 'none' : position.tree.newest;
  const key = await readKey(keyFile, newest);
  switch (key.kind) {
    case 'wrong_key':
      return { ...key, directory, keyFile };
    case 'bad_signature':
      if (newest === 'none') throw new Error(key.detail);
      return damaged(directory, (await damagedAt(directory, newest.line, key.detail)).damage);
    default:
      return { kind: 'found', leftovers: examined.leftovers, position, key };
  }
}

/** Reads the end of a journal that may be written; an `acceptGap` that was interrupted must be finished first. */
export async function readOpenableEnd(location: CompleteLocation): Promise<JournalEnd | JournalProblem> {
  const { directory, disk } = location;
  const [unfinished] = await pendingFiles(directory, disk, 'gap');
  if (unfinished === undefined) return readEnd(location, readOrCreateKey);
  const { segment, offset } = unfinished;
  const detail = 'accepting a gap was started here and not finished';
  return {
    ...damaged(directory, { segment, offset, line: 0, seq: 0, detail }),
    remedy: 'finish it with tidegate audit accept-gap',
  };
}

/**
 * Repairs the end of a journal, and gives a writer that continues from there, once its first lines are on disk: the link of
 * a first segment, what was cut off, `entries`, and a checkpoint over them.
 */
export async function startWriter(
  options: Required<JournalOptions>,
  { leftovers, position }: JournalEnd,
  signers: Signers,
  parts: WriterParts,
  entries: readonly Entry[] = [],
): Promise<Writer | JournalProblem> {
  const { directory, disk } = options;
  await repairEnd(directory, disk, leftovers, position);
  const writer = new Writer({ ...options, ...parts, signers }, await openDurable(options, position));
  const refused = await writeFirstLines(options, writer, position, entries);
  if (refused === 'none') return writer;
  await writer.close();
  return unwritable(directory, refused.reason === 'full' ? 'ENOSPC' : 'EIO', refused.detail);
}

/** The lines that say what happened to the clock. */
export function clockEntries(events: readonly ClockEvent[]): readonly Entry[] {
  return events.map((content) => ({ kind: CLOCK_KIND, content }));
}

async function openDurable(
  { directory, disk, clock }: CompleteLocation,
  position: WritePosition | 'none',
): Promise<DurableState> {
  if (position === 'none') {
    const segment = await createSegment({ disk, directory }, 1);
    const day = dayOf(new Date(clock.now()).toISOString());
    return {
      segment: { ...segment, day },
      bytes: 0,
      last: { ...BEFORE_FIRST, range: EMPTY_RANGE, checkpointed: 0 },
    };
  }
  const { segment, begun, bytes, last, tree } = position;
  const checkpointed = tree.newest === 'none' ? 0 : tree.newest.line.seq;
  return {
    segment: {
      ...segment,
      fd: await disk.open(segment.path, APPEND),
      inode: await inodeOf(segment.path),
      day: dayOf(begun),
    },
    bytes,
    last: { seq: last.seq, hash: last.hash, range: tree.range, checkpointed },
  };
}

async function writeFirstLines(
  { directory, disk }: CompleteLocation,
  writer: Writer,
  position: WritePosition | 'none',
  others: readonly Entry[],
): Promise<NotWritten | 'none'> {
  const empty = position === 'none';
  const first = empty ? [writer.appendOwn({ kind: SEGMENT_KIND, content: linkContent('none') })] : [];
  // INVARIANT: each segment's second line is a checkpoint.
  const begun = empty || position.lines === 1;
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
 * Creates the directory and those above it, each durable by name. Not by the `recursive` option of `mkdir`, which never
 * settles where a parent exists and takes no directories (`/proc`).
 */
async function makeDirectory(directory: string, disk: Disk): Promise<void> {
  const found = await unlessAbsent(stat(directory));
  if (found !== 'absent' && found.isDirectory()) return;
  const parent = dirname(directory);
  if (parent !== directory) await makeDirectory(parent, disk);
  await mkdir(directory, 0o700);
  await disk.syncDirectory(parent);
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

function unwritable(directory: string, code: string, detail: string): JournalProblem {
  return {
    kind: 'unwritable',
    directory,
    code,
    detail: `cannot write the journal in ${directory}: ${detail}`,
    remedy: remedyFor(code, 'use a directory on a local disk with free space that this user may write'),
  };
}

function damaged(directory: string, damage: Damage): Extract<JournalProblem, { readonly kind: 'damaged' }> {
  const remedy =
    'keep a copy of the directory and find out what changed it; then restore the file, or continue without the damaged part: tidegate audit accept-gap';
  return { kind: 'damaged', directory, remedy, ...damage };
}
