import { type Delivery, unavailable, wordsOf } from '../delivery/index.js';
import { BACKOFF, type Backoff, orStopped, type Pace, waitAfter } from './pace.js';
import type { Shipment, Sink } from './sinks/index.js';
import type { Standing } from './standing.js';

/** How records are handed over. */
export interface HandoverOptions {
  readonly sink: Sink;
  readonly standing: Standing;
  readonly onRefused: 'retry' | 'skip';
  readonly pace: Pace;
  readonly backoff?: Backoff;
  readonly signal: AbortSignal;
  /** Whether records that were accepted before may be lost if the receiver fails now. */
  readonly endangered: () => boolean;
}

/**
 * What became of records. `again`: the receiver failed, and others that it had accepted may be lost with it, so that all
 * must be read again. `stopped`: the signal.
 */
export type HandedOver = 'handed_over' | 'again' | 'stopped';

/** Hands records over to a sink: tried again until they are taken, narrowed down to the ones that a receiver refuses. */
export class Handover {
  readonly #options: HandoverOptions;

  constructor(options: HandoverOptions) {
    this.#options = options;
  }

  /** Settles when all of the records are with the receiver, or left out as the configuration wants it. */
  async over(shipments: readonly Shipment[]): Promise<HandedOver> {
    const [only, ...others] = shipments;
    if (only === undefined) return 'handed_over';
    for (let tries = 1; !this.#options.signal.aborted; tries += 1) {
      const delivery = await this.#send(shipments);
      if (delivery.kind === 'accepted') return 'handed_over';
      // Which of them is at fault, the receiver does not say: halves are tried, down to single records.
      if (delivery.kind === 'refused' && others.length > 0) return this.#halves(shipments);
      if (delivery.kind === 'refused' && this.#leftOut(only, delivery.detail)) return 'handed_over';
      this.#options.standing.failing(delivery.detail);
      await this.wait(tries, delivery.kind === 'refused' ? 'unsaid' : delivery.retryAfterMs);
      if (this.#options.endangered()) return 'again';
    }
    return 'stopped';
  }

  /** Waits before a try after so many; longer each time. */
  wait(tries: number, asked: number | 'unsaid' = 'unsaid'): Promise<void> {
    const { backoff = BACKOFF, pace, signal } = this.#options;
    return pace.sleep(waitAfter(tries, asked, backoff, pace.random), signal);
  }

  async #halves(shipments: readonly Shipment[]): Promise<HandedOver> {
    const middle = Math.ceil(shipments.length / 2);
    const first = await this.over(shipments.slice(0, middle));
    return first === 'handed_over' ? this.over(shipments.slice(middle)) : first;
  }

  #leftOut(shipment: Shipment, detail: string): boolean {
    const { standing, onRefused } = this.#options;
    if (onRefused === 'skip') standing.skipped(shipment, detail);
    else standing.refused(shipment, detail);
    return onRefused === 'skip';
  }

  async #send(shipments: readonly Shipment[]): Promise<Delivery> {
    const { sink, signal } = this.#options;
    try {
      return await orStopped(sink.send(shipments, signal), unavailable('given up'), signal);
    } catch (error) {
      // A sink that breaks its promise is a bug, but none that may end the shipping.
      return unavailable(`a bug: ${wordsOf(error)}`);
    }
  }
}
