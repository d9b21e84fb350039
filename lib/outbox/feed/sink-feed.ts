import type { Line } from '../../journal/index.js';
import { untilAborted, within } from '../../system/index.js';
import { resumePosition } from './resume.js';
import { type SinkPosition, writeCursor } from './cursor.js';
import { type Batch, Batcher, type Limits } from './batcher.js';
import { DeliveryLoop } from './delivery-loop.js';
import type { Backoff } from './backoff.js';
import type { Clock } from './clock.js';
import { type Read, readDurable, type JournalSource } from './journal-reader.js';
import type { SinkRecord, Sink } from '../sinks/index.js';
import { type SinkEvent, type SinkStatus, Progress } from './progress.js';

/** What a feed needs to know. */
export interface SinkFeedOptions {
  readonly name: string;
  readonly source: JournalSource;
  readonly cursorFile: string;
  /** Makes the sink; what it is given is to be called when a receiver that had accepted records went away. */
  readonly openSink: (onLost: () => void) => Sink;
  /** Makes a record of a line, or `'unwanted'` where this sink does not take that kind. */
  readonly render: (line: Line, id: string) => SinkRecord | 'unwanted';
  /** Where to begin when there never was a cursor. */
  readonly from: 'oldest' | 'now';
  /** What to do with a record that the receiver will never take: wait for someone to look at it, or leave it out. */
  readonly onRefused: 'retry' | 'skip';
  readonly limits: Limits;
  readonly clock: Clock;
  readonly tell: (event: SinkEvent) => void;
  readonly backoff?: Backoff;
  /** How often to look for new records, in ms. Default 100. */
  readonly pollMs?: number;
  /** For tests of faults. */
  readonly saveCursor?: (path: string, position: SinkPosition) => Promise<void>;
}

/** One sink being fed. */
export interface SinkFeed {
  readonly status: () => SinkStatus;
  /** The last record that will not be read again: the journal may remove it and those before. */
  readonly settled: () => number;
  /** Ships what is durable now, for `flushMs` at most, and ends. Never throws. */
  readonly close: (flushMs: number) => Promise<void>;
}

/** Begins to feed a sink from the journal, at least once and in order, from where its cursor stands. Never throws. */
export function startSinkFeed(options: SinkFeedOptions): SinkFeed {
  const feed = new Feed(options);
  const ended = feed.run();
  return {
    status: () => feed.progress.status(options.source.durable(), options.clock.now()),
    settled: () => feed.progress.settled.seq,
    close: async (flushMs) => {
      feed.finish();
      await within(ended, flushMs, 'late');
      feed.stop();
      await within(ended, LAST_MS, 'late');
    },
  };
}

/** After it was told to stop, a feed may still wait for a disk or a receiver; nobody waits for them with it for longer. */
const LAST_MS = 1_000;

/**
 * How often the same records are sent again because their receiver went away. Then they count as soon as it has accepted them:
 * one that goes away more often than records settle would be sent the same ones for ever.
 */
const MOST_REPEATS = 10;

class Feed {
  readonly progress: Progress;
  readonly #options: SinkFeedOptions;
  readonly #sink: Sink;
  readonly #deliveryLoop: DeliveryLoop;
  readonly #stop = new AbortController();
  /** Accepted, but not for long enough to be safe with the receiver. */
  readonly #unsettled: { readonly position: SinkPosition; readonly since: number }[] = [];
  #lost = false;
  #repeats = 0;
  #finishing = false;
  #troubles = 0;

  constructor(options: SinkFeedOptions) {
    const { name, tell, clock, onRefused, backoff } = options;
    this.#options = options;
    this.progress = new Progress(name, tell, clock);
    this.#sink = options.openSink(() => (this.#lost = true));
    this.#deliveryLoop = new DeliveryLoop({
      ...{ sink: this.#sink, progress: this.progress, onRefused, clock },
      ...(backoff === undefined ? {} : { backoff }),
      signal: this.#stop.signal,
      endangered: () => this.#unsettled.length > 0,
    });
  }

  /** No more is waited for than what is durable now. */
  finish(): void {
    this.#finishing = true;
  }

  stop(): void {
    this.#stop.abort();
  }

  async run(): Promise<void> {
    const beginning = await this.#begin();
    while (!this.#over()) {
      const { seq } = this.progress.settled;
      await this.#feedFrom(seq === 0 ? beginning : seq);
    }
    await this.#sink.close();
  }

  #over(): boolean {
    const { durable } = this.#options.source;
    return this.#stop.signal.aborted || (this.#finishing && this.progress.delivered.seq >= durable());
  }

  async #begin(): Promise<number | 'nothing'> {
    const { source, cursorFile, from } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        return await resumePosition({ source, cursorFile, from, progress: this.progress });
      } catch (error) {
        await this.#trouble(String(error));
      }
    }
    return 'nothing';
  }

  /** Feeds what comes after a record, until the end, or until reading must begin anew because the receiver failed. */
  async #feedFrom(after: number | 'nothing'): Promise<void> {
    const { source, limits } = this.#options;
    if (this.#unsettled.length > 0) this.#repeats += 1;
    this.#unsettled.length = 0;
    this.#lost = false;
    const reads = readDurable(source, after);
    const batcher = new Batcher(limits);
    try {
      while (!this.#over()) {
        await this.#settle();
        if (await this.#hasLost()) return;
        const batch = await this.#gather(reads, batcher);
        if (batch === 'none') continue;
        if ((await this.#deliveryLoop.over(batch.records)) !== 'delivered') return;
        if (batch.records.length === 0) this.progress.passed(batch.position);
        else this.progress.accepted(batch.position);
        this.#unsettled.push({ position: batch.position, since: this.#options.clock.mono() });
      }
      await this.#settle();
    } finally {
      await reads.return();
    }
  }

  /** Reads on; answers a batch once there is one worth sending. */
  async #gather(reads: AsyncGenerator<Read, void>, batcher: Batcher): Promise<Batch | 'none'> {
    const { value: read } = await reads.next();
    switch (read?.kind) {
      case 'line':
        this.#troubles = 0;
        this.progress.reading(read.line);
        return batcher.add(read.position, this.#options.render(read.line, read.position.hash))
          ? batcher.take()
          : 'none';
      case 'gap':
        this.progress.missed(read.from, read.to);
        return 'none';
      case 'unreadable':
        // What was read before the trouble does not wait for its end.
        if (!batcher.empty()) return batcher.take();
        await this.#trouble(read.detail);
        return 'none';
      default:
        return this.#idle(batcher);
    }
  }

  async #idle(batcher: Batcher): Promise<Batch | 'none'> {
    const { limits, pollMs = 100, clock } = this.#options;
    if (batcher.empty()) {
      await clock.sleep(pollMs, this.#stop.signal);
      return 'none';
    }
    // The first time that nothing comes, the batch waits for company; the second time it goes.
    if (batcher.idle() > 1 || this.#finishing) return batcher.take();
    await clock.sleep(limits.waitMs, this.#stop.signal);
    return 'none';
  }

  async #hasLost(): Promise<boolean> {
    const lost = this.#lost && this.#unsettled.length > 0;
    this.#lost = false;
    if (lost) await this.#trouble('the receiver went away: what it took last is sent again');
    return lost;
  }

  /** Moves the cursor to the last record that has been with its receiver for long enough. */
  async #settle(): Promise<void> {
    const { clock, cursorFile, saveCursor = writeCursor } = this.#options;
    const before = clock.mono() - (this.#repeats < MOST_REPEATS ? this.#sink.settleMs : 0);
    const young = this.#unsettled.findIndex(({ since }) => since > before);
    const settled = this.#unsettled.splice(0, young === -1 ? this.#unsettled.length : young).at(-1);
    // Told to stop, it writes no more: another process may have the cursor by now.
    if (settled === undefined || this.#stop.signal.aborted) return;
    this.#repeats = 0;
    try {
      await untilAborted(saveCursor(cursorFile, settled.position), this.#stop.signal, 'given_up');
      this.progress.saved(settled.position);
    } catch (error) {
      // Sending goes on; at worst, a start sends again what was sent since the cursor that is there.
      this.progress.notSaved(String(error));
    }
  }

  async #trouble(detail: string): Promise<void> {
    this.progress.failing(detail);
    this.#troubles += 1;
    await this.#deliveryLoop.wait(this.#troubles);
  }
}
