import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from './batch.js';
import { APPEND, codeOf, realDisk, wordsOf, type Disk } from './disk.js';
import { BEFORE_FIRST, linkContent, SEGMENT_KIND, segmentAt, type Damage } from './lines/index.js';
import { takeLock, type Lock } from './lock.js';
import { pendingCuts, recover, type Resumed } from './recovery.js';
import { createSegment } from './rotation.js';
import { dayOf, Stamper, systemClock } from './time.js';
import type { Journal, JournalOptions, JournalProblem, NotWritten } from './types.js';
import { Writer, type Durable, type WriterSettings } from './writer.js';

const DEFAULTS = { segmentBytes: 64 * 1024 * 1024, waitingBytes: 64 * 1024 * 1024, retryMs: 250, closeMs: 5000 };

type Settings = WriterSettings & { readonly closeMs: number };

/**
 * Opens a directory's journal for appending: takes its lock, mends its end, and is ready when the first line is on disk.
 *
 * A journal that cannot be opened is a problem that says what to do; see {@link JournalProblem}.
 */
export async function openJournal(options: JournalOptions): Promise<Journal | JournalProblem> {
  const settings: Settings = {
    disk: realDisk,
    clock: systemClock,
    ...DEFAULTS,
    ...options,
    directory: resolve(options.directory),
  };
  try {
    await makeDirectory(settings.directory, settings.disk);
    const lock = await takeLock(settings.directory);
    return lock.kind === 'held' ? locked(settings.directory, lock.pid) : await openLocked(settings, lock);
  } catch (error) {
    if (codeOf(error) === 'UNKNOWN') throw error;
    return unwritable(settings.directory, codeOf(error), wordsOf(error));
  }
}

async function openLocked(settings: Settings, lock: Lock): Promise<Journal | JournalProblem> {
  const opened = await begin(settings, lock).catch(async (error: unknown) => {
    await lock.release();
    throw error;
  });
  if (opened.kind !== 'journal') await lock.release();
  return opened;
}

async function begin(settings: Settings, lock: Lock): Promise<Journal | JournalProblem> {
  const { directory, disk } = settings;
  const recovered = await recover(directory, disk);
  if (recovered.kind === 'damaged') return damaged(directory, recovered.damage);
  const failure = announcement();
  const writer = new Writer(settings, await openDurable(settings, recovered), failure.announce);
  const refused = await writeFirstLines(settings, writer, recovered.kind === 'empty');
  if (refused === 'none') return journalOf(writer, lock, failure.promise, settings.closeMs);
  await writer.close();
  return unwritable(directory, refused.reason === 'full' ? 'ENOSPC' : 'EIO', refused.detail);
}

function announcement(): { promise: Promise<NotWritten>; announce: (answer: NotWritten) => void } {
  let announce: (answer: NotWritten) => void = () => undefined;
  const promise = new Promise<NotWritten>((resolve) => (announce = resolve));
  return { promise, announce };
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
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function openDurable({ directory, disk, clock }: Settings, recovered: Resumed): Promise<Durable> {
  if (recovered.kind === 'empty') {
    const page: Page = {
      segment: await createSegment(disk, directory, segmentAt(directory, 1)),
      day: dayOf(new Stamper(clock).stamp().time),
    };
    return { page, bytes: 0, last: BEFORE_FIRST };
  }
  const { segment, day, bytes, last } = recovered;
  return { page: { segment: { ...segment, fd: await disk.open(segment.path, APPEND) }, day }, bytes, last };
}

/** Writes what the journal has to say itself: that a first segment begins, and what was cut off. */
async function writeFirstLines(settings: Settings, writer: Writer, empty: boolean): Promise<NotWritten | 'none'> {
  if (empty) {
    const begun = await writer.appendOwn({ kind: SEGMENT_KIND, content: linkContent('none') });
    if (begun.kind === 'not_written') return begun;
  }
  for (const { entry, recorded } of await pendingCuts(settings.directory, settings.disk)) {
    const told = await writer.appendOwn(entry);
    if (told.kind === 'not_written') return told;
    await recorded();
  }
  return 'none';
}

function journalOf(writer: Writer, lock: Lock, failed: Promise<NotWritten>, closeMs: number): Journal {
  let closing: Promise<void> | 'no' = 'no';
  return {
    kind: 'journal',
    append: (entry) => writer.append(entry),
    state: () => writer.state(),
    failed,
    close: () => (closing = closing === 'no' ? closeWithin(writer, lock, closeMs) : closing),
  };
}

async function closeWithin(writer: Writer, lock: Lock, closeMs: number): Promise<void> {
  const limit = new AbortController();
  const late = delay(closeMs, 'late', { signal: limit.signal }).catch(() => 'closed');
  const outcome = await Promise.race([writer.close().then(() => 'closed'), late]);
  limit.abort();
  if (outcome === 'closed') return lock.release();
  // The write may still reach the file: the lock is left to the kernel, which frees it when nothing can write any more.
  writer.fail(`the disk did not answer within ${closeMs} ms of closing`);
}

function locked(directory: string, pid: number | 'not_visible'): JournalProblem {
  const holder = pid === 'not_visible' ? 'another process' : `process ${pid}`;
  return {
    kind: 'locked',
    directory,
    pid,
    detail: `the journal in ${directory} is held by ${holder}`,
    remedy: 'stop that process, or give each instance a directory of its own',
  };
}

function unwritable(directory: string, code: string, detail: string): JournalProblem {
  return {
    kind: 'unwritable',
    directory,
    code,
    detail: `the journal in ${directory} cannot be written: ${detail}`,
    remedy: 'give a directory on a local disk with room, which this user may write',
  };
}

function damaged(directory: string, damage: Damage): JournalProblem {
  const remedy =
    'keep a copy of the directory and find out what changed it; then restore that file, or move the directory away to begin a new journal';
  return { kind: 'damaged', directory, remedy, ...damage };
}
