/** The shortest and the longest wait between tries. */
export interface BackoffLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * Gives the wait before try `tries + 1`: twice as long each time, up to the maximum, and of that a random part between half
 * and all, so that many senders do not return at once. What the receiver asked for is the minimum.
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
