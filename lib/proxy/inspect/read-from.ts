import type { Malformed, Reading } from '../../protocol/index.js';
import type { Waited, Wire } from '../wire/index.js';

/** What came of reading: the value, why the bytes are not it, or why there are no more bytes. */
export type ReadFrom<T> =
  Extract<Reading<T>, { kind: 'whole' | 'foreign' }> | Malformed | { readonly kind: Exclude<Waited, 'bytes'> };

/** A moment, on the clock of `performance.now()`, after which nothing is waited for. */
export type Deadline = number;

/** The moment that is `ms` milliseconds away. */
export function inMs(ms: number): Deadline {
  return performance.now() + ms;
}

/**
 * Reads a wire's held bytes, waiting for more as long as the reader finds them too few. Takes nothing: whoever asked
 * passes on what was read, or does not.
 */
export async function readFrom<T>(
  wire: Wire,
  read: (bytes: Buffer) => Reading<T>,
  until: Deadline,
): Promise<ReadFrom<T>> {
  for (;;) {
    const reading = read(wire.held);
    if (reading.kind !== 'partial') return reading;
    // Not asked at every byte: a peer that sends one at a time would make the reader begin anew each time.
    while (wire.held.length < reading.need) {
      const waited = await wire.more(Math.max(0, until - performance.now()));
      if (waited !== 'bytes') return { kind: waited };
    }
  }
}
