/** What the load process is told to do, once. */
export interface Job {
  readonly kind: 'setUp' | 'roundTrips' | 'forward' | 'relay' | 'hold';
  readonly proxy: number;
  readonly target: number;
  /** How many in all: tunnels, round trips, requests, or bytes for `relay`. */
  readonly count: number;
  /** How many at a time. */
  readonly width: number;
}

/** What it tells: wall seconds, and latencies in microseconds (0 where the job has none). */
export interface Outcome {
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
}

/** How many of the tunnels are held before the memory is read for the first time: what they share is then there. */
export function firstOf(count: number): number {
  return Math.floor(count / 5);
}
