import { sleep } from '../../system/index.js';

/** Time and chance, handed in. */
export interface Clock {
  /** UTC, in milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds that never jump, from any start. */
  readonly mono: () => number;
  /** Waits, or until the signal. Never throws. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** The time and chance of this machine. */
export const systemClock: Clock = { now: Date.now, mono: () => performance.now(), random: Math.random, sleep };
