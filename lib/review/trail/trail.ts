import type { ReadLine, ReadRange } from '../../journal/index.js';

/** Sequence numbers, both included. Empty where `to` is less than `from`. */
export interface SeqRange {
  readonly from: number;
  readonly to: number;
}

/** Which lines to read, and in which order. */
export interface ReadOptions extends ReadRange {
  readonly order: 'oldest_first' | 'newest_first';
}

/**
 * A store of audit records, as review reads it. Lines are numbered without gaps, in the order in which they were written;
 * times are information, and may jump back. Everything is read in constant memory, while the trail may be written.
 *
 * Methods throw the system's errors. A trail that was never written is empty. Reading does not verify the hash chain.
 */
export interface Trail {
  /**
   * Finds the lines that may have been written from `since` on and before `until` (ISO 8601 in UTC): every such line that
   * is stored now is within the range. The range is wider where clocks may have jumped.
   */
  readonly locate: (times: { readonly since?: string; readonly until?: string }) => Promise<SeqRange>;
  readonly read: (options: ReadOptions) => AsyncIterable<ReadLine>;
  /** Gives the lines that are written from now on, until the signal. A line may be given before it is durable. */
  readonly follow: (signal: AbortSignal) => AsyncIterable<ReadLine>;
}
