import { within } from '../system/index.js';
import { Reserve, type Lock } from './disk/index.js';
import {
  completeLocation,
  readOpenableEnd,
  openWriter,
  unwritable,
  withLock,
  writeFirstLines,
  type CompleteLocation,
} from './opening.js';
import type { Journal, JournalOptions, JournalProblem } from './options.js';
import { Maintenance } from './retention/index.js';
import type { NotWritten, Writer } from './writer/index.js';

/** How a journal is written where nothing else is said. */
const DEFAULTS = {
  segmentBytes: 64 * 1024 * 1024,
  waitingBytes: 64 * 1024 * 1024,
  retryMs: 250,
  closeMs: 5000,
  checkpointMs: 60_000,
  checkpointLines: 1000,
  onCheckpoint: (): void => undefined,
  reserveBytes: 0,
  compress: false,
  keepMs: 'always',
  keepBytes: 'unlimited',
  anchoredSize: () => 'no_anchors',
  maintenanceMs: 3_600_000,
} as const satisfies Omit<JournalOptions, 'directory'>;

type Settings = Required<Omit<JournalOptions, keyof CompleteLocation>>;

/**
 * Opens a directory's journal for appending: takes its lock, repairs its end, and is ready when a checkpoint over all that is
 * there is on disk.
 *
 * A journal that cannot be opened is a problem that says what to do; see {@link JournalProblem}.
 */
export async function openJournal(options: JournalOptions): Promise<Journal | JournalProblem> {
  const location = completeLocation(options);
  const settings: Settings = { ...DEFAULTS, ...options };
  return withLock<Journal>(
    location,
    (lock) => begin(location, settings, lock),
    (done) => done.kind === 'journal',
  );
}

async function begin(location: CompleteLocation, settings: Settings, lock: Lock): Promise<Journal | JournalProblem> {
  const { directory, disk } = location;
  const found = await readOpenableEnd(location);
  if (found.kind !== 'found') return found;
  const failure = announcement();
  const reserve = new Reserve(disk, directory, settings.reserveBytes);
  let maintenance: Maintenance | 'none' = 'none';
  const writer = await openWriter(
    location,
    found,
    [found.key],
    { ...settings, reserve },
    {
      onFailed: failure.announce,
      onCheckpoint: settings.onCheckpoint,
      onRotated: () => maintenance !== 'none' && maintenance.wake(),
      maintenanceProblem: () => problemOf(maintenance, reserve),
    },
  );
  const refused = await writeFirstLines(location, writer, found);
  if (refused !== 'none') {
    await writer.close();
    return unwritable(directory, refused.reason === 'full' ? 'ENOSPC' : 'EIO', refused.detail);
  }
  maintenance = startMaintenance(location, settings, writer);
  maintenance.wake();
  const rest = keepGoing(settings, writer, reserve, maintenance);
  return journalOf(writer, rest, lock, failure.promise, settings.closeMs);
}

function announcement(): { promise: Promise<NotWritten>; announce: (answer: NotWritten) => void } {
  let announce: (answer: NotWritten) => void = () => undefined;
  const promise = new Promise<NotWritten>((resolve) => (announce = resolve));
  return { promise, announce };
}

function problemOf(maintenance: Maintenance | 'none', reserve: Reserve): string {
  const problem = maintenance === 'none' ? 'none' : maintenance.problem();
  if (problem !== 'none' || reserve.problem() === 'none') return problem;
  return `cannot create the reserve: ${reserve.problem()}`;
}

function startMaintenance(
  { directory, disk, clock }: CompleteLocation,
  settings: Settings,
  writer: Writer,
): Maintenance {
  return new Maintenance(
    { ...settings, directory, disk, now: clock.now },
    {
      current: () => {
        const state = writer.state();
        return state.kind === 'writing' ? state.segment : 'none';
      },
      record: async (kind, content) => {
        const written = await Promise.all([writer.appendOwn({ kind, content, urgent: true }), writer.checkpoint()]);
        return written.every((each) => each.kind === 'receipt');
      },
    },
  );
}

/** What goes on beside the appending, until it is asked to stop. */
function keepGoing(
  { checkpointMs }: Settings,
  writer: Writer,
  reserve: Reserve,
  maintenance: Maintenance,
): { readonly stop: () => Promise<void> } {
  void reserve.keep();
  const timer = setInterval(() => {
    if (writer.state().kind !== 'writing') return;
    void writer.checkpoint();
    void reserve.keep();
  }, checkpointMs).unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await maintenance.stop();
    },
  };
}

function journalOf(
  writer: Writer,
  rest: { readonly stop: () => Promise<void> },
  lock: Lock,
  failed: Promise<NotWritten>,
  closeMs: number,
): Journal {
  let closing: Promise<void> | 'no' = 'no';
  const close = async (): Promise<void> => {
    await rest.stop();
    await writer.close();
  };
  return {
    kind: 'journal',
    append: (entry) => writer.append(entry),
    state: () => writer.state(),
    failed,
    close: () => (closing = closing === 'no' ? closeWithin(writer, close, lock, closeMs) : closing),
  };
}

async function closeWithin(writer: Writer, close: () => Promise<void>, lock: Lock, closeMs: number): Promise<void> {
  const outcome = await within(close(), closeMs, 'late');
  if (outcome !== 'late') return lock.release();
  // The write may still reach the file: the lock is left to the kernel, which frees it when nothing can write any more.
  writer.fail(`the disk did not answer within ${closeMs} ms of closing`);
}
