import { backoffDelay, type BackoffLimits } from './backoff.js';
import type { Clock } from './clock.js';

/** Whether a receiver takes what it is sent, since when it does not, and how long to wait before the next try. */
export class DeliveryHealth {
  readonly #clock: Clock;
  readonly #limits: BackoffLimits;
  readonly #onFailing: (detail: string) => void;
  #failure: { readonly detail: string; readonly since: number } | 'none' = 'none';
  #tries = 0;

  /** `onFailing` is called when a failure begins and when its reason changes. */
  constructor(clock: Clock, limits: BackoffLimits, onFailing: (detail: string) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#onFailing = onFailing;
  }

  /** The last failure, or `'none'` once deliveries succeed again. */
  get detail(): string | 'none' {
    return this.#failure === 'none' ? 'none' : this.#failure.detail;
  }

  get failingMs(): number {
    return this.#failure === 'none' ? 0 : this.#clock.mono() - this.#failure.since;
  }

  /** Reports a failure, and waits until the next try or the signal: longer each time, until something is {@link accepted}. */
  failed(detail: string, signal: AbortSignal, retryAfterMs: number | 'unsaid' = 'unsaid'): Promise<void> {
    const { detail: before } = this;
    this.#failure = { detail, since: this.#failure === 'none' ? this.#clock.mono() : this.#failure.since };
    if (before !== detail) this.#onFailing(detail);
    this.#tries += 1;
    return this.#clock.sleep(backoffDelay(this.#tries, retryAfterMs, this.#limits, this.#clock.random), signal);
  }

  /** Makes the next wait short again. */
  accepted(): void {
    this.#tries = 0;
  }

  /** Ends a failure; gives whether there was one. */
  recovered(): boolean {
    const failed = this.#failure !== 'none';
    this.#failure = 'none';
    return failed;
  }
}
