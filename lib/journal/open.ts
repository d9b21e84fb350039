import { within } from '../system/index.js';
import { Reserve, type Lock } from './disk/index.js';
import { readOpenableEnd, startWriter, withLock } from './opening.js';
import { complete, type Journal, type JournalOptions, type JournalProblem } from './options.js';
import { Maintenance } from './retention/index.js';
import type { Writer } from './writer/index.js';

/**
 * Opens a directory's journal for appending: takes its lock, repairs its end, and is ready when a checkpoint over all of its
 * lines is on disk.
 *
 * If it cannot be opened, the {@link JournalProblem} says why, and what to do.
 */
export async function openJournal(options: JournalOptions): Promise<Journal | JournalProblem> {
  const settings = complete(options);
  return withLock<Journal>(settings, (lock) => openLocked(settings, lock));
}

async function openLocked(settings: Required<JournalOptions>, lock: Lock): Promise<Journal | JournalProblem> {
  const { directory, disk, reserveBytes } = settings;
  const found = await readOpenableEnd(settings);
  if (found.kind !== 'found') return found;
  const reserve = new Reserve(disk, directory, reserveBytes);
  let maintenance: Maintenance | 'none' = 'none';
  const writer = await startWriter(settings, found, [found.key.key], {
    reserve,
    lock,
    onRotated: () => maintenance !== 'none' && maintenance.wake(),
    maintenance: () => {
      return maintenance !== 'none' && maintenance.state().kind === 'failing' ? maintenance.state() : reserve.state();
    },
  });
  if (writer.kind !== 'writer') return writer;
  maintenance = maintenanceOf(settings, writer);
  maintenance.wake();
  return runningJournal(settings, writer, reserve, maintenance, lock);
}

function maintenanceOf(settings: Required<JournalOptions>, writer: Writer): Maintenance {
  const { directory, disk, clock } = settings;
  return new Maintenance(settings, {
    directory,
    disk,
    now: clock.now,
    current: () => {
      const state = writer.state();
      return state.kind === 'writing' ? state.segment : 'none';
    },
    record: async (kind, content) => {
      const written = await Promise.all([writer.appendOwn({ kind, content, urgent: true }), writer.checkpoint()]);
      return written.every((each) => each.kind === 'receipt');
    },
  });
}

/** Signs checkpoints and keeps the reserve, at intervals, until the journal is closed. */
function runningJournal(
  { checkpointMs, closeMs }: Required<JournalOptions>,
  writer: Writer,
  reserve: Reserve,
  maintenance: Maintenance,
  lock: Lock,
): Journal {
  void reserve.keep();
  const timer = setInterval(() => {
    if (writer.state().kind !== 'writing') return;
    void writer.checkpoint();
    void reserve.keep();
  }, checkpointMs).unref();
  const close = async (): Promise<void> => {
    clearInterval(timer);
    const closed = maintenance.stop().then(() => writer.close());
    if ((await within(closed, closeMs, 'late')) !== 'late') return lock.release();
    // The write may still reach the file: the lock is left to the kernel, which frees it when nothing can write any more.
    writer.fail(`the disk did not answer within ${closeMs} ms of closing`);
  };
  let closing: Promise<void> | undefined;
  return {
    kind: 'journal',
    append: (entry) => writer.append(entry),
    state: () => writer.state(),
    failed: writer.failed,
    close: () => (closing ??= close()),
  };
}
