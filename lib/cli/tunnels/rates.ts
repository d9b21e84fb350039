import type { Tunnel, Tunnels } from '../../app/tunnels/index.js';

/** A tunnel with its rate, or null where it was listed once only. */
export type RatedTunnel = Tunnel & {
  readonly bytes_per_second_out: number | null;
  readonly bytes_per_second_in: number | null;
};

/** Works out the rates between two lists. A tunnel that is not in the first one began after it. */
export function ratesBetween(before: Tunnels | 'none', { at, tunnels }: Tunnels): readonly RatedTunnel[] {
  if (before === 'none') return tunnels.map((each) => rated(each, NO_BYTES, 0));
  const earlier = new Map(before.tunnels.map((each) => [each.attempt, each]));
  const between = Date.parse(at) - Date.parse(before.at);
  return tunnels.map((each) => {
    const then = earlier.get(each.attempt);
    if (then !== undefined) return rated(each, then, between);
    return rated(each, NO_BYTES, Math.min(between, Date.parse(at) - Date.parse(each.received)));
  });
}

const NO_BYTES = { bytes_out: 0, bytes_in: 0 };

function rated(tunnel: Tunnel, then: Pick<Tunnel, 'bytes_out' | 'bytes_in'>, ms: number): RatedTunnel {
  const rate = (bytes: number): number | null => (ms <= 0 ? null : Math.round((bytes * 1_000) / ms));
  return {
    ...tunnel,
    bytes_per_second_out: rate(tunnel.bytes_out - then.bytes_out),
    bytes_per_second_in: rate(tunnel.bytes_in - then.bytes_in),
  };
}

/** Orders of a list. */
export const ORDERS = ['age', 'bytes', 'rate'] as const;

/** Puts the oldest first, or those with the most bytes or the highest rate, both directions together. */
export function inOrder(tunnels: readonly RatedTunnel[], order: (typeof ORDERS)[number]): readonly RatedTunnel[] {
  // The instance lists the oldest first.
  if (order === 'age') return tunnels;
  const weight = order === 'bytes' ? bytesOf : rateOf;
  return [...tunnels].sort((a, b) => weight(b) - weight(a));
}

function bytesOf({ bytes_out: sent, bytes_in: received }: RatedTunnel): number {
  return sent + received;
}

function rateOf({ bytes_per_second_out: out, bytes_per_second_in: into }: RatedTunnel): number {
  return (out ?? 0) + (into ?? 0);
}
