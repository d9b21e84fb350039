/** What is measured, part by part: the job for the load process, and how its cost is told. */
import type { Job } from './job.js';
import type { OriginPorts } from './origin.js';

/** One part of the benchmark. */
export interface Part {
  readonly title: string;
  readonly kind: Job['kind'];
  readonly target: keyof OriginPorts;
  readonly count: number;
  readonly quickCount: number;
  readonly width: number;
  /** The unit of a cost: CPU seconds (or bytes of memory) times `scale`, divided by the count, in `unit`. */
  readonly unit: string;
  readonly scale: number;
  /** What a rate is called; empty for none. */
  readonly rate: string;
  /** Whether each round wants a proxy just started: memory that an earlier load left behind would hide what a tunnel takes. */
  readonly fresh: boolean;
}

const GB = 1e9;

/** The parts by the name that `--parts` takes. */
export const PARTS = {
  'set-up': {
    title: 'tunnel set-up and close',
    kind: 'setUp',
    target: 'echo',
    count: 10_000,
    quickCount: 1000,
    width: 16,
    unit: 'CPU µs/tunnel',
    scale: 1e6,
    rate: 'tunnels/s',
    fresh: false,
  },
  relay: {
    title: 'relay, half up and half down, 4 tunnels',
    kind: 'relay',
    target: 'bulk',
    count: 2 * GB,
    quickCount: GB / 2,
    width: 4,
    unit: 'CPU s/GB',
    scale: GB,
    rate: 'B/s',
    fresh: false,
  },
  'round-trips': {
    title: '64-byte round trips through 8 tunnels',
    kind: 'roundTrips',
    target: 'echo',
    count: 40_000,
    quickCount: 10_000,
    width: 8,
    unit: 'CPU µs/trip',
    scale: 1e6,
    rate: 'trips/s',
    fresh: false,
  },
  forward: {
    title: 'plain HTTP, 1 KiB answers, 16 client connections (kept where the proxy keeps them)',
    kind: 'forward',
    target: 'http',
    count: 20_000,
    quickCount: 5000,
    width: 16,
    unit: 'CPU µs/request',
    scale: 1e6,
    rate: 'requests/s',
    fresh: false,
  },
  idle: {
    title: 'memory of an idle tunnel',
    kind: 'hold',
    target: 'echo',
    count: 2000,
    quickCount: 500,
    width: 32,
    unit: 'KiB/tunnel',
    scale: 1 / 1024,
    rate: '',
    fresh: true,
  },
} as const satisfies Record<string, Part>;

/** A part's name. */
export type PartName = keyof typeof PARTS;
