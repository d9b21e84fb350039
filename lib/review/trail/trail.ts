import type { ParsedLine } from '../../journal/index.js';

/** A line of a trail, as it was written. Reading does not verify the hash chain. */
export interface WholeLine extends ParsedLine {
  /** The segment of the journal that the line was written to. */
  readonly segment: string;
  /** The line's bytes, newline included, exactly as they were hashed. */
  readonly bytes: Buffer;
}

/** Bytes where a line should be. */
export interface DamagedLine {
  readonly read: 'damaged';
  readonly segment: string;
  readonly offset: number;
  readonly bytes: Buffer;
  readonly detail: string;
}

/** What reading a trail gives, one by one. */
export type TrailLine = WholeLine | DamagedLine;

/** Sequence numbers, both included. Empty where `to` is less than `from`. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** Which lines to read, and in which order. */
export interface ReadOptions {
  readonly order: 'oldest_first' | 'newest_first';
  /** The lowest sequence number; the oldest line by default. */
  readonly fromSeq?: number;
  /** The sequence number after the highest one; all lines by default. */
  readonly beforeSeq?: number;
  /**
   * Rejects lines by their bytes before they are parsed; every line is read by default. It is called in the order of
   * reading, right before the line would be given, and may be called for lines just outside the range.
   */
  readonly prefilter?: (bytes: Buffer) => boolean;
}

/**
 * A store of audit records, as review reads it. Lines are numbered without gaps, in the order in which they were written;
 * times are information, and may jump back. Everything is read in constant memory, while the trail may be written.
 *
 * Methods throw the system's errors. A trail that was never written is empty.
 */
export interface Trail {
  /**
   * Finds the lines that may have been written from `since` on and before `until` (ISO 8601 in UTC): every such line that
   * is stored now is within the range. The range is wider where clocks may have jumped.
   */
  readonly locate: (times: { readonly since?: string; readonly until?: string }) => Promise<LineRange>;
  readonly read: (options: ReadOptions) => AsyncIterable<TrailLine>;
  /** Gives the lines that are written from now on, until the signal. A line may be given before it is durable. */
  readonly follow: (signal: AbortSignal) => AsyncIterable<TrailLine>;
}
