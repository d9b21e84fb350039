/** Log-ins that were refused without a check since the last notice, and the address of the newest. */
export interface LimitNotice {
  readonly rateLimited: number;
  readonly busy: number;
  readonly from: string;
}

const EVERY_MS = 60_000;

/** Sums up refused log-ins, so that an attack gives one notice a minute and not one for each of its requests. */
export class LimitNotices {
  readonly #now: () => number;
  readonly #notify: (notice: LimitNotice) => void;
  #last = -Infinity;
  #rateLimited = 0;
  #busy = 0;

  /** `now` is in milliseconds. */
  constructor(now: () => number, notify: (notice: LimitNotice) => void) {
    this.#now = now;
    this.#notify = notify;
  }

  /** Adds one refused log-in. The first gives a notice at once. */
  add(outcome: 'rate_limited' | 'busy', from: string): void {
    if (outcome === 'busy') this.#busy += 1;
    else this.#rateLimited += 1;
    if (this.#now() - this.#last < EVERY_MS) return;
    this.#last = this.#now();
    this.#notify({ rateLimited: this.#rateLimited, busy: this.#busy, from });
    this.#rateLimited = 0;
    this.#busy = 0;
  }
}
