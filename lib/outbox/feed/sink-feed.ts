import type { Line } from '../../journal/index.js';
import { errorMessage, untilAborted, within } from '../../system/index.js';
import { type Clock, deliver, type DeliveryOptions, type StateWriting } from '../delivery/index.js';
import type { Sink, SinkRecord } from '../sinks/index.js';
import { type Batch, Batcher, type BatchLimits } from './batcher.js';
import { type SinkPosition, writeCursor } from './cursor.js';
import { type Read, readDurable } from './journal-reader.js';
import { Progress, type SinkEvent, type SinkStatus } from './progress.js';
import { resume, type ResumeOptions } from './resume.js';

/** What a feed needs to know. */
export interface SinkFeedOptions extends ResumeOptions {
  readonly name: string;
  /** Makes the sink; it calls what it is given when a receiver that had accepted records went away. */
  readonly openSink: (onLost: () => void) => Sink;
  /** Makes a record of a line, or `'unwanted'` where this sink does not take that kind. */
  readonly render: (line: Line, id: string) => SinkRecord | 'unwanted';
  /** What to do with a record that the receiver will never take: retry until an operator has looked at it, or skip it. */
  readonly onRefused: 'retry' | 'skip';
  readonly limits: BatchLimits;
  readonly clock: Clock;
  readonly onEvent: (event: SinkEvent) => void;
  /** How often to look for new records, in ms. Default 100. */
  readonly pollMs?: number;
  readonly saveCursor?: (path: string, position: SinkPosition) => Promise<StateWriting>;
}

/** How long a stopped feed is waited for, which may itself wait for a disk. */
const STOP_MS = 1_000;
/**
 * How often the same records are sent again because their receiver went away. After that they count as soon as it has accepted
 * them: a receiver that goes away more often than records settle would be sent the same ones for ever.
 */
const MAX_REPEATS = 10;

/** Feeds a sink from the journal, at least once and in order, from where its cursor stands. Never throws. */
export class SinkFeed {
  readonly #options: SinkFeedOptions;
  readonly #progress: Progress;
  readonly #delivery: DeliveryOptions;
  readonly #stop = new AbortController();
  /** Accepted, but not for long enough to be safe with the receiver. */
  readonly #unsettled: { readonly position: SinkPosition; readonly since: number }[] = [];
  readonly #ended: Promise<void>;
  #lost = false;
  #repeats = 0;
  #finishing = false;

  constructor(options: SinkFeedOptions) {
    const { name, onEvent, clock, onRefused } = options;
    this.#options = options;
    const progress = new Progress(name, onEvent, clock);
    this.#progress = progress;
    this.#delivery = {
      sink: options.openSink(() => (this.#lost = true)),
      health: progress.health,
      signal: this.#stop.signal,
      onRefused: (record, detail) => {
        progress[onRefused === 'skip' ? 'skipped' : 'refused'](record, detail);
        return onRefused;
      },
      // What it had accepted before may be lost with it, so that all of it is read again.
      isOutdated: () => this.#unsettled.length > 0,
    };
    this.#ended = this.#run();
  }

  status(): SinkStatus {
    return this.#progress.status(this.#options.source.durable());
  }

  /** The last record that will not be read again: the journal may remove it and those before. */
  get settled(): number {
    return this.#progress.settled.seq;
  }

  /** Sends what is durable now, for `flushMs` at most, and ends. Never throws. */
  async close(flushMs: number): Promise<void> {
    this.#finishing = true;
    await within(this.#ended, flushMs, 'late');
    this.#stop.abort();
    await within(this.#ended, STOP_MS, 'late');
  }

  async #run(): Promise<void> {
    const start = await this.#start();
    while (!this.#over()) {
      const { settled } = this;
      await this.#feedFrom(settled === 0 ? start : settled);
    }
    await this.#delivery.sink.close();
  }

  #over(): boolean {
    const { durable } = this.#options.source;
    return this.#stop.signal.aborted || (this.#finishing && this.#progress.delivered.seq >= durable());
  }

  async #start(): Promise<number | 'nothing'> {
    while (!this.#stop.signal.aborted) {
      try {
        return await resume(this.#options, this.#progress);
      } catch (error) {
        await this.#fail(errorMessage(error));
      }
    }
    return 'nothing';
  }

  /** Feeds what comes after a record, until the end, or until reading must begin again because the receiver failed. */
  async #feedFrom(after: number | 'nothing'): Promise<void> {
    const { source, limits, clock } = this.#options;
    if (this.#unsettled.length > 0) this.#repeats += 1;
    this.#unsettled.length = 0;
    this.#lost = false;
    const reads = readDurable(source, after);
    const batcher = new Batcher(limits);
    try {
      while (!this.#over()) {
        await this.#settle();
        if (await this.#hasLost()) return;
        const batch = await this.#nextBatch(reads, batcher);
        if (batch === 'none') continue;
        if ((await deliver(batch.records, this.#delivery)) !== 'delivered') return;
        if (batch.records.length === 0) this.#progress.passed(batch.position);
        else this.#progress.accepted(batch.position);
        this.#unsettled.push({ position: batch.position, since: clock.mono() });
      }
      await this.#settle();
    } finally {
      await reads.return();
    }
  }

  /** Reads on; gives a batch once there is one worth sending. */
  async #nextBatch(reads: AsyncGenerator<Read, void>, batcher: Batcher): Promise<Batch | 'none'> {
    const { value: read } = await reads.next();
    switch (read?.kind) {
      case 'line':
        this.#progress.read(read.line);
        return batcher.add(read.position, this.#options.render(read.line, read.position.hash))
          ? batcher.take()
          : 'none';
      case 'gap':
        this.#progress.missed(read.from, read.to);
        return 'none';
      case 'unreadable':
        // What was read before does not wait until the rest can be read.
        if (!batcher.empty) return batcher.take();
        await this.#fail(read.detail);
        return 'none';
      default:
        return this.#idle(batcher);
    }
  }

  async #idle(batcher: Batcher): Promise<Batch | 'none'> {
    const { limits, pollMs = 100, clock } = this.#options;
    if (!batcher.empty && (batcher.waited || this.#finishing)) return batcher.take();
    await clock.sleep(batcher.empty ? pollMs : limits.waitMs, this.#stop.signal);
    if (!batcher.empty) batcher.waited = true;
    return 'none';
  }

  async #hasLost(): Promise<boolean> {
    const lost = this.#lost && this.#unsettled.length > 0;
    this.#lost = false;
    if (lost) await this.#fail('receiver went away; its last records are sent again');
    return lost;
  }

  /** Moves the cursor to the last record that has been with its receiver for long enough. */
  async #settle(): Promise<void> {
    const { clock, cursorFile, saveCursor = writeCursor } = this.#options;
    const before = clock.mono() - (this.#repeats < MAX_REPEATS ? this.#delivery.sink.settleMs : 0);
    const young = this.#unsettled.findIndex(({ since }) => since > before);
    const settled = this.#unsettled.splice(0, young === -1 ? this.#unsettled.length : young).at(-1);
    // A stopped feed writes no more: another process may have the cursor by now.
    if (settled === undefined || this.#stop.signal.aborted) return;
    this.#repeats = 0;
    const written = await untilAborted(saveCursor(cursorFile, settled.position), this.#stop.signal, 'stopped');
    if (written === 'stopped') return;
    // Sending goes on without a cursor; at worst, a start sends again what was sent since the one that is there.
    if (written.kind === 'failed') this.#progress.notSaved(written.detail);
    else this.#progress.saved(settled.position);
  }

  #fail(detail: string): Promise<void> {
    return this.#progress.health.failed(detail, this.#stop.signal);
  }
}
