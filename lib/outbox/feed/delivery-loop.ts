import { errorMessage, untilAborted } from '../../system/index.js';
import { type Delivery, unavailable } from '../receivers/index.js';
import { BACKOFF, type Backoff, backoffDelay } from './backoff.js';
import type { Clock } from './clock.js';
import type { SinkRecord, Sink } from '../sinks/index.js';
import type { Progress } from './progress.js';

/** How records are handed over. */
export interface DeliveryLoopOptions {
  readonly sink: Sink;
  readonly progress: Progress;
  readonly onRefused: 'retry' | 'skip';
  readonly clock: Clock;
  readonly backoff?: Backoff;
  readonly signal: AbortSignal;
  /** Whether records that were accepted before may be lost if the receiver fails now. */
  readonly endangered: () => boolean;
}

/**
 * What became of records. `again`: the receiver failed, and others that it had accepted may be lost with it, so that all
 * must be read again. `stopped`: the signal.
 */
export type DeliveryOutcome = 'delivered' | 'again' | 'stopped';

/** Hands records over to a sink: tried again until they are taken, narrowed down to the ones that a receiver refuses. */
export class DeliveryLoop {
  readonly #options: DeliveryLoopOptions;

  constructor(options: DeliveryLoopOptions) {
    this.#options = options;
  }

  /** Settles when all of the records are with the receiver, or left out as the configuration wants it. */
  async over(records: readonly SinkRecord[]): Promise<DeliveryOutcome> {
    const [only, ...others] = records;
    if (only === undefined) return 'delivered';
    for (let tries = 1; !this.#options.signal.aborted; tries += 1) {
      const delivery = await this.#send(records);
      if (delivery.kind === 'accepted') return 'delivered';
      // Which of them is at fault, the receiver does not say: halves are tried, down to single records.
      if (delivery.kind === 'refused' && others.length > 0) return this.#halves(records);
      if (delivery.kind === 'refused' && this.#leftOut(only, delivery.detail)) return 'delivered';
      this.#options.progress.failing(delivery.detail);
      await this.wait(tries, delivery.kind === 'refused' ? 'unsaid' : delivery.retryAfterMs);
      if (this.#options.endangered()) return 'again';
    }
    return 'stopped';
  }

  /** Waits before a try after so many; longer each time. */
  wait(tries: number, asked: number | 'unsaid' = 'unsaid'): Promise<void> {
    const { backoff = BACKOFF, clock, signal } = this.#options;
    return clock.sleep(backoffDelay(tries, asked, backoff, clock.random), signal);
  }

  async #halves(records: readonly SinkRecord[]): Promise<DeliveryOutcome> {
    const middle = Math.ceil(records.length / 2);
    const first = await this.over(records.slice(0, middle));
    return first === 'delivered' ? this.over(records.slice(middle)) : first;
  }

  #leftOut(record: SinkRecord, detail: string): boolean {
    const { progress, onRefused } = this.#options;
    if (onRefused === 'skip') progress.skipped(record, detail);
    else progress.refused(record, detail);
    return onRefused === 'skip';
  }

  async #send(records: readonly SinkRecord[]): Promise<Delivery> {
    const { sink, signal } = this.#options;
    try {
      return await untilAborted(sink.send(records, signal), signal, unavailable('given up'));
    } catch (error) {
      // A sink that breaks its promise is a bug, but none that may end the shipping.
      return unavailable(`a bug: ${errorMessage(error)}`);
    }
  }
}
