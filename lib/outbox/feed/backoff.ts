/** How long to wait between tries. */
export interface Backoff {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** From a second to a minute: a receiver that is back is found within that. */
export const BACKOFF: Backoff = { leastMs: 1_000, mostMs: 60_000 };

/**
 * Gives the wait before try `tries + 1`: twice as long each time, up to the most, and of that a random part between half
 * and all, so that many senders do not come back at once. What the receiver asked for is the least.
 */
export function backoffDelay(
  tries: number,
  asked: number | 'unsaid',
  { leastMs, mostMs }: Backoff,
  random: () => number,
): number {
  const most = Math.min(mostMs, leastMs * 2 ** Math.min(tries - 1, 30));
  const wait = most / 2 + (most / 2) * random();
  return Math.round(asked === 'unsaid' ? wait : Math.max(wait, asked));
}
