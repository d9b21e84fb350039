import { errorMessage, untilAborted } from '../../system/index.js';
import { type Delivery, unavailable } from '../receivers/index.js';
import type { Sink, SinkRecord } from '../sinks/index.js';
import type { Backoff } from './backoff.js';
import type { DeliveryHealth } from './delivery-health.js';

/** How records are delivered. */
export interface DeliveryLoopOptions {
  readonly sink: Pick<Sink, 'send'>;
  readonly health: DeliveryHealth;
  readonly backoff: Backoff;
  readonly signal: AbortSignal;
  /** Decides about one record that the receiver refuses. */
  readonly onRefused: (record: SinkRecord, detail: string) => 'retry' | 'skip';
  /** Whether these records are no longer the ones to send; asked after a failure. */
  readonly isOutdated: () => boolean;
}

/** What became of records. `outdated`: others are to be sent first. `stopped`: the signal. */
export type DeliveryOutcome = 'delivered' | 'outdated' | 'stopped';

/** Sends records until the receiver has them; a batch that is refused is narrowed down to the records at fault. */
export class DeliveryLoop {
  readonly #options: DeliveryLoopOptions;

  constructor(options: DeliveryLoopOptions) {
    this.#options = options;
  }

  /** Settles when the receiver has all of the records, or they were skipped as the configuration says. */
  async deliver(records: readonly SinkRecord[]): Promise<DeliveryOutcome> {
    const { signal, health, backoff, onRefused, isOutdated } = this.#options;
    const stopped = (): boolean => signal.aborted;
    const [only, ...others] = records;
    if (only === undefined) return 'delivered';
    while (!stopped()) {
      const delivery = await this.#send(records);
      const refused = delivery.kind === 'refused';
      // The receiver does not say which of them is at fault: halves are tried, down to single records.
      if (refused && others.length > 0) return this.#deliverHalves(records);
      if (delivery.kind === 'accepted' || (refused && onRefused(only, delivery.detail) === 'skip')) {
        backoff.reset();
        return 'delivered';
      }
      if (stopped()) break;
      health.failing(delivery.detail);
      await backoff.wait(signal, refused ? 'unsaid' : delivery.retryAfterMs);
      if (isOutdated()) return 'outdated';
    }
    return 'stopped';
  }

  async #deliverHalves(records: readonly SinkRecord[]): Promise<DeliveryOutcome> {
    const middle = Math.ceil(records.length / 2);
    const first = await this.deliver(records.slice(0, middle));
    return first === 'delivered' ? this.deliver(records.slice(middle)) : first;
  }

  async #send(records: readonly SinkRecord[]): Promise<Delivery> {
    const { sink, signal } = this.#options;
    try {
      return await untilAborted(sink.send(records, signal), signal, unavailable('stopped'));
    } catch (error) {
      // A sink that throws is a bug, which must not end the feed.
      return unavailable(`unexpected error: ${errorMessage(error)}`);
    }
  }
}
