import { stat } from 'node:fs/promises';
import { errorMessage, unlessAbsent } from '../../system/index.js';
import { removeDurably, WORKING, type Disk, type WorkState } from '../disk/index.js';
import { listSegments, RETENTION_KIND } from '../lines/index.js';
import type { WatchedMoment } from './clock-watch.js';
import { compressSegment } from './compress.js';
import { findRemovable, type Removal, type RetentionOptions } from './removal.js';

/** The journal, as maintenance needs it. */
export interface MaintainedJournal {
  readonly directory: string;
  readonly disk: Disk;
  /** Reads the clock that ages are compared with, and checks it. */
  readonly look: () => WatchedMoment;
  /** The name of the segment that is being written, as far as it is on disk; `'none'` while nothing can be written. */
  readonly current: () => string;
  /** Writes a line and a checkpoint after it; true when both are on disk. */
  readonly record: (kind: string, content: Removal['content']) => Promise<boolean>;
}

/**
 * Removes closed segments that need not be kept, and compresses the others: one at a time, in the background. A failure is
 * reported and tried again in the next round.
 */
export class Maintenance {
  readonly #options: RetentionOptions;
  readonly #journal: MaintainedJournal;
  readonly #timer: NodeJS.Timeout;
  readonly #stopping = new AbortController();
  #round: Promise<void> | 'none' = 'none';
  #again = false;
  #state = WORKING;

  constructor(options: RetentionOptions, journal: MaintainedJournal) {
    this.#options = options;
    this.#journal = journal;
    this.#timer = setInterval(() => this.wake(), options.maintenanceMs).unref();
  }

  /** Whether the last round succeeded. */
  state(): WorkState {
    return this.#state;
  }

  /** Starts a round now, or another one after the present one. */
  wake(): void {
    if (this.#stopping.signal.aborted) return;
    this.#again = true;
    if (this.#round === 'none') this.#round = this.#rounds().finally(() => (this.#round = 'none'));
  }

  /** Stops it; settles when no file is being changed any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#timer);
    if (this.#round !== 'none') await this.#round;
  }

  async #rounds(): Promise<void> {
    const stopping = this.#stopping.signal;
    while (this.#again) {
      this.#again = false;
      try {
        await this.#remove(stopping);
        await this.#compress(stopping);
        this.#state = WORKING;
      } catch (error) {
        if (stopping.aborted) return;
        this.#state = { kind: 'failing', detail: errorMessage(error) };
      }
    }
  }

  /** INVARIANT: the line that records a removal, and a checkpoint over it, are on disk before any segment is removed. */
  async #remove(stopping: AbortSignal): Promise<void> {
    const { directory, disk, current, look, record } = this.#journal;
    if (current() === 'none') return;
    const removal = await findRemovable(directory, this.#options, look());
    if (removal === 'none') return;
    stopping.throwIfAborted();
    if (!(await record(RETENTION_KIND, removal.content))) return;
    // The oldest first and each durably, so that no crash leaves a hole between the segments that remain.
    for (const { path } of removal.segments) {
      await removeDurably(disk, directory, `${path}.gz.tmp`, `${path}.gz`, path);
    }
  }

  async #compress(stopping: AbortSignal): Promise<void> {
    const { directory, disk, current } = this.#journal;
    const written = current();
    if (!this.#options.compress || written === 'none') return;
    const segments = await listSegments(directory);
    const closed = segments.slice(
      0,
      Math.max(
        0,
        segments.findIndex(({ name }) => name === written),
      ),
    );
    for (const segment of closed) {
      stopping.throwIfAborted();
      if ((await unlessAbsent(stat(segment.path))) === 'absent') continue;
      await compressSegment(disk, directory, segment, stopping);
    }
  }
}
