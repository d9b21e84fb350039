import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';

/** A source of time. */
export interface Clock {
  /** UTC, in milliseconds since 1970. */
  readonly now: () => number;
  /** Monotonic milliseconds, from any start. */
  readonly mono: () => number;
}

/** The machine's own clocks. */
export const systemClock: Clock = { now: () => Date.now(), mono: () => performance.now() };

/** When a line was made, by both clocks. */
export interface Stamp {
  readonly time: string;
  readonly mono: number;
}

/** Stamps lines. Each opening has one: its `boot`, and the start of its `mono`. */
export class Stamper {
  readonly boot = randomBytes(8).toString('hex');
  readonly #clock: Clock;
  readonly #start: number;
  // Many lines share a millisecond, and making the text takes longer than the rest of a stamp.
  #millisecond = NaN;
  #text = '';

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#start = clock.mono();
  }

  stamp(): Stamp {
    const now = Math.floor(this.#clock.now());
    if (now !== this.#millisecond) {
      this.#text = new Date(now).toISOString();
      this.#millisecond = now;
    }
    return { time: this.#text, mono: Math.max(0, Math.floor(this.#clock.mono() - this.#start)) };
  }
}

/** Gives the UTC day of a line's time. */
export function dayOf(time: string): string {
  return time.slice(0, 10);
}
