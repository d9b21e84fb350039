import { errorMessage } from '../../system/index.js';
import type { Disk } from '../disk/index.js';
import { listSegments, RETENTION_KIND } from '../lines/index.js';
import { clearTraces, compressSegment, sizeOnDisk, Stopped } from './compress.js';
import { findRemovable, removeSegments, type RetentionPolicy, type Removal } from './removal.js';

/** What is to be kept up, and how. */
export interface MaintenanceSettings extends RetentionPolicy {
  readonly directory: string;
  readonly disk: Disk;
  readonly compress: boolean;
  /** How often it is looked at, beside when it is woken. */
  readonly maintenanceMs: number;
}

/** The journal, as maintenance needs it. */
export interface MaintainedJournal {
  /** The name of the segment that is being written, as far as it is on disk; `'none'` while nothing can be. */
  readonly current: () => string;
  /** Writes a line and a checkpoint behind it; true when both are on disk. */
  readonly record: (kind: string, content: Removal['content']) => Promise<boolean>;
}

/**
 * Looks after closed segments beside the writing: removes those that need not be kept, compresses the others. One thing at a
 * time, and never in anyone's way: what fails is reported and tried again at the next round.
 */
export class Maintenance {
  readonly #settings: MaintenanceSettings;
  readonly #journal: MaintainedJournal;
  readonly #timer: NodeJS.Timeout;
  #round: Promise<void> | 'none' = 'none';
  #again = false;
  #stopped = false;
  #problem = 'none';

  constructor(settings: MaintenanceSettings, journal: MaintainedJournal) {
    this.#settings = settings;
    this.#journal = journal;
    this.#timer = setInterval(() => this.wake(), settings.maintenanceMs).unref();
  }

  /** Why the last round could not do its work, or `'none'`. */
  problem(): string {
    return this.#problem;
  }

  /** Has a look now. */
  wake(): void {
    if (this.#stopped) return;
    this.#again = true;
    if (this.#round === 'none') this.#round = this.#rounds().finally(() => (this.#round = 'none'));
  }

  /** Ends it; settles when nothing is being changed any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    if (this.#round !== 'none') await this.#round;
  }

  async #rounds(): Promise<void> {
    while (this.#again && !this.#isStopped()) {
      this.#again = false;
      try {
        await this.#remove();
        await this.#compress();
        this.#problem = 'none';
      } catch (error) {
        if (error instanceof Stopped) return;
        this.#problem = errorMessage(error);
      }
    }
  }

  /** INVARIANT: the line that records a removal, and a checkpoint over it, are on disk before anything goes. */
  async #remove(): Promise<void> {
    const { directory, disk } = this.#settings;
    if (this.#journal.current() === 'none') return;
    const removal = await findRemovable(directory, this.#settings);
    if (removal === 'none' || this.#isStopped()) return;
    if (!(await this.#journal.record(RETENTION_KIND, removal.content))) return;
    await removeSegments(disk, directory, removal.segments);
  }

  async #compress(): Promise<void> {
    const { directory, disk, compress } = this.#settings;
    const current = this.#journal.current();
    if (!compress || current === 'none') return;
    const segments = await listSegments(directory);
    const written = segments.findIndex(({ name }) => name === current);
    for (const segment of segments.slice(0, Math.max(0, written))) {
      if (this.#isStopped()) return;
      if ((await sizeOnDisk(segment.path)) === 'absent') continue;
      await clearTraces(disk, directory, segment);
      await compressSegment(disk, directory, segment, () => this.#isStopped());
    }
  }

  #isStopped(): boolean {
    return this.#stopped;
  }
}
