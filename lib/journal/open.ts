import { within } from '../system/index.js';
import { Reserve, WORKING, type Lock } from './disk/index.js';
import { clockEntries, readOpenableEnd, startWriter, withLock } from './opening.js';
import { complete, type Journal, type JournalOptions, type JournalProblem } from './options.js';
import { checkStartClock, ClockWatch, Maintenance, type WatchStart } from './retention/index.js';
import type { Entry, Writer } from './writer/index.js';

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
  const start = await checkStartClock(settings);
  const reserve = new Reserve(disk, directory, reserveBytes);
  let keeping: Keeping | 'none' = 'none';
  const parts = {
    reserve,
    lock,
    onRotated: () => keeping !== 'none' && keeping.maintenance.wake(),
    maintenance: () => {
      const state = keeping === 'none' ? WORKING : keeping.maintenance.state();
      return state.kind === 'failing' ? state : reserve.state();
    },
    removalHold: () => (keeping === 'none' || settings.keepMs === 'always' ? 'none' : keeping.watch.hold),
  };
  const writer = await startWriter(settings, found, [found.key.key], parts, clockEntries(start.events));
  if (writer.kind !== 'writer') return writer;
  for (const event of start.events) settings.onClock(event);
  keeping = keepingOf(settings, writer, start);
  keeping.maintenance.wake();
  return runningJournal(settings, writer, reserve, keeping, lock);
}

/** What looks after closed segments, and the clock that their ages are compared with. */
interface Keeping {
  readonly maintenance: Maintenance;
  readonly watch: ClockWatch;
}

function keepingOf(settings: Required<JournalOptions>, writer: Writer, start: WatchStart): Keeping {
  const { directory, disk, clock, onClock, clockLookMs } = settings;
  const record = async (kind: string, content: Entry['content']): Promise<boolean> => {
    const written = await Promise.all([writer.appendOwn({ kind, content, reserve: 'all' }), writer.checkpoint()]);
    return written.every((each) => each.kind === 'receipt');
  };
  const onFree = (): void => maintenance.wake();
  const watch = new ClockWatch({ directory, disk, clock, record, onClock, onFree }, start, clockLookMs);
  const current = (): string => {
    const state = writer.state();
    return state.kind === 'writing' ? state.segment : 'none';
  };
  const maintenance = new Maintenance(settings, { directory, disk, look: () => watch.look(), current, record });
  return { maintenance, watch };
}

/** Signs checkpoints and keeps the reserve, at intervals, until the journal is closed. */
function runningJournal(
  { checkpointMs, closeMs }: Required<JournalOptions>,
  writer: Writer,
  reserve: Reserve,
  { maintenance, watch }: Keeping,
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
    const closed = Promise.all([maintenance.stop(), watch.stop()]).then(() => writer.close());
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
