import type { SinkRecord } from '../sinks/index.js';
import type { SinkPosition } from './cursor.js';

/** How much goes into one batch, and how long its first record waits for others. */
export interface BatchLimits {
  readonly records: number;
  readonly bytes: number;
  readonly waitMs: number;
}

/** Records to be sent together, and the last line that was read for them; there may be none. */
export interface Batch {
  readonly records: readonly SinkRecord[];
  readonly position: SinkPosition;
}

/** Collects a batch. Together with what is being sent, it is all that is held in memory: the journal is the buffer. */
export class Batcher {
  /** Whether the batch has waited once for more records. */
  waited = false;
  readonly #limits: BatchLimits;
  #records: SinkRecord[] = [];
  #position: SinkPosition | 'none' = 'none';
  #bytes = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  /** Whether no line was added. */
  get empty(): boolean {
    return this.#position === 'none';
  }

  /** Adds a line and its record; gives whether the batch is full. */
  add(position: SinkPosition, record: SinkRecord | 'unwanted'): boolean {
    this.#position = position;
    if (record === 'unwanted') return false;
    this.#records.push(record);
    this.#bytes += record.text.length;
    return this.#records.length >= this.#limits.records || this.#bytes >= this.#limits.bytes;
  }

  /** Gives the batch and begins another. */
  take(): Batch | 'none' {
    if (this.#position === 'none') return 'none';
    const batch = { records: this.#records, position: this.#position };
    this.#records = [];
    this.#position = 'none';
    this.#bytes = 0;
    this.waited = false;
    return batch;
  }
}
