import { errorMessage } from '../../system/index.js';
import { CREATE, inodeOf, WORKING, type Disk, type WorkState } from '../disk/index.js';
import { segmentAt, type Segment } from '../lines/index.js';
import type { WriterSettings } from './settings.js';

/** A segment that can be written to. */
export interface OpenSegment extends Segment {
  readonly fd: number;
  /** What names its file. */
  readonly inode: number;
}

const RETRY_MS = 1000;

/**
 * Creates segments ahead of their use, so that no append waits for one. A failure stops no caller: the old segment grows
 * further, and creation is tried again a second later.
 */
export class Rotation {
  readonly #settings: WriterSettings;
  #next: OpenSegment | 'none' = 'none';
  #opening: Promise<void> | 'none' = 'none';
  #notBefore = -Infinity;
  #state = WORKING;

  constructor(settings: WriterSettings) {
    this.#settings = settings;
  }

  /** Whether the last try succeeded. */
  state(): WorkState {
    return this.#state;
  }

  /** Starts to open the segment of a number, unless it is ready, being opened, or failed a moment ago. */
  prepare(number: number): void {
    if (this.#next !== 'none' || this.#opening !== 'none' || this.#settings.clock.mono() < this.#notBefore) return;
    this.#opening = this.#open(number).finally(() => (this.#opening = 'none'));
  }

  /** Gives the segment that is ready, once, or `'none'`. */
  take(): OpenSegment | 'none' {
    const next = this.#next;
    this.#next = 'none';
    return next;
  }

  /** Takes back a segment that is still empty. */
  giveBack(segment: OpenSegment): void {
    this.#next = segment;
  }

  /** Removes a segment that is ready and unused. */
  async discard(): Promise<void> {
    if (this.#opening !== 'none') await this.#opening;
    const next = this.take();
    if (next !== 'none') await abandon(this.#settings.disk, next);
  }

  async #open(number: number): Promise<void> {
    try {
      this.#next = await createSegment(this.#settings, number);
      this.#state = WORKING;
    } catch (error) {
      this.#state = { kind: 'failing', detail: errorMessage(error) };
      this.#notBefore = this.#settings.clock.mono() + RETRY_MS;
    }
  }
}

/** Creates an empty segment, durable by name. Throws the system's error; then there is no such file. */
export async function createSegment(
  { disk, directory }: Pick<WriterSettings, 'disk' | 'directory'>,
  number: number,
): Promise<OpenSegment> {
  const segment = segmentAt(directory, number);
  const fd = await disk.open(segment.path, CREATE);
  try {
    const inode = await inodeOf(segment.path);
    await disk.syncDirectory(directory);
    return { ...segment, fd, inode };
  } catch (error) {
    await abandon(disk, { ...segment, fd });
    throw error;
  }
}

/** Closes and removes an empty file. If that fails too, the next start finds it empty and removes it. */
async function abandon(disk: Disk, { fd, path }: Omit<OpenSegment, 'inode'>): Promise<void> {
  await Promise.allSettled([disk.close(fd), disk.remove(path)]);
}
