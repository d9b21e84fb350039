import type { Clock } from './clock.js';

/** How long to wait between tries. */
export interface BackoffLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Waits between the tries of one feed: longer each time, until something succeeds. */
export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #clock: Clock;
  #tries = 0;

  constructor(limits: BackoffLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Waits before the next try, or until the signal. What the receiver asked for is the minimum. */
  wait(signal: AbortSignal, asked: number | 'unsaid' = 'unsaid'): Promise<void> {
    this.#tries += 1;
    return this.#clock.sleep(backoffDelay(this.#tries, asked, this.#limits, this.#clock.random), signal);
  }

  reset(): void {
    this.#tries = 0;
  }
}

/**
 * Gives the wait before try `tries + 1`: twice as long each time, up to the maximum, and of that a random part between half
 * and all, so that many senders do not return at once.
 */
export function backoffDelay(
  tries: number,
  asked: number | 'unsaid',
  { minMs, maxMs }: BackoffLimits,
  random: () => number,
): number {
  const longest = Math.min(maxMs, minMs * 2 ** Math.min(tries - 1, 30));
  const wait = longest / 2 + (longest / 2) * random();
  return Math.round(asked === 'unsaid' ? wait : Math.max(wait, asked));
}
