import type { Malformed, Reading } from '../../protocol/index.js';
import type { BufferedSocket, WaitResult } from './buffered-socket.js';
import type { OneShot } from './one-shot.js';

/** The result of reading: the value, why the bytes are not it, or why no more bytes came. */
export type ReadResult<T> =
  Extract<Reading<T>, { kind: 'whole' | 'foreign' }> | Malformed | Exclude<WaitResult, { kind: 'bytes' }>;

/** A time on the clock of `performance.now()` after which nothing is waited for. */
export type Deadline = number;

/** The time in `ms` milliseconds. */
export function deadlineIn(ms: number): Deadline {
  return performance.now() + ms;
}

/**
 * Reads a socket's held bytes, and waits for more as long as the reader finds them too few. The bytes stay held: the caller
 * passes on what was read, or does not.
 */
export async function readWithin<T>(
  connection: BufferedSocket,
  read: (bytes: Buffer) => Reading<T>,
  deadline: Deadline,
  cancellation?: OneShot,
): Promise<ReadResult<T>> {
  for (;;) {
    const reading = read(connection.held);
    if (reading.kind !== 'partial') return reading;
    // Not read again at every byte: a peer that sends single bytes would make the reader start over each time.
    while (connection.held.length < reading.need) {
      const waited = await connection.waitForMore(Math.max(0, deadline - performance.now()), cancellation);
      if (waited.kind !== 'bytes') return waited;
    }
  }
}

/** Passes the first `length` held bytes on to another socket. */
export async function passOn(
  from: BufferedSocket,
  to: BufferedSocket,
  length: number,
  deadline: Deadline,
): Promise<void> {
  if (length === 0) return;
  const bytes = from.held.subarray(0, length);
  from.consume(length);
  await to.send([bytes], Math.max(0, deadline - performance.now()));
}
