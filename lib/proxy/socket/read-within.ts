import type { Malformed, Reading } from '../../protocol/index.js';
import type { WaitResult, BufferedSocket } from './buffered-socket.js';

/** What came of reading: the value, why the bytes are not it, or why there are no more bytes. */
export type ReadResult<T> =
  Extract<Reading<T>, { kind: 'whole' | 'foreign' }> | Malformed | { readonly kind: Exclude<WaitResult, 'bytes'> };

/** A moment, on the clock of `performance.now()`, after which nothing is waited for. */
export type Deadline = number;

/** The moment that is `ms` milliseconds away. */
export function deadlineIn(ms: number): Deadline {
  return performance.now() + ms;
}

/**
 * Reads a wire's held bytes, waiting for more as long as the reader finds them too few. Takes nothing: whoever asked
 * passes on what was read, or does not.
 */
export async function readWithin<T>(
  connection: BufferedSocket,
  read: (bytes: Buffer) => Reading<T>,
  until: Deadline,
): Promise<ReadResult<T>> {
  for (;;) {
    const reading = read(connection.held);
    if (reading.kind !== 'partial') return reading;
    // Not asked at every byte: a peer that sends one at a time would make the reader begin anew each time.
    while (connection.held.length < reading.need) {
      const waited = await connection.more(Math.max(0, until - performance.now()));
      if (waited !== 'bytes') return { kind: waited };
    }
  }
}
