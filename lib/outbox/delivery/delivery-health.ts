import type { Clock } from './clock.js';

/** Whether a receiver takes what it is sent, and since when it does not. */
export class DeliveryHealth {
  readonly #clock: Clock;
  readonly #onFailing: (detail: string) => void;
  #failure: { readonly detail: string; readonly since: number } | 'none' = 'none';

  /** `onFailing` is called when a failure begins and when its reason changes. */
  constructor(clock: Clock, onFailing: (detail: string) => void) {
    this.#clock = clock;
    this.#onFailing = onFailing;
  }

  /** The last failure, or `'none'` once deliveries succeed again. */
  get detail(): string | 'none' {
    return this.#failure === 'none' ? 'none' : this.#failure.detail;
  }

  get failingMs(): number {
    return this.#failure === 'none' ? 0 : this.#clock.mono() - this.#failure.since;
  }

  failing(detail: string): void {
    const { detail: before } = this;
    this.#failure = { detail, since: this.#failure === 'none' ? this.#clock.mono() : this.#failure.since };
    if (before !== detail) this.#onFailing(detail);
  }

  /** Ends a failure; gives whether there was one. */
  recovered(): boolean {
    const failed = this.#failure !== 'none';
    this.#failure = 'none';
    return failed;
  }
}
