import type { SinkPosition } from './cursor.js';
import type { SinkRecord } from '../sinks/index.js';

/** How much goes into one batch, and how long its first record waits for others. */
export interface Limits {
  readonly records: number;
  readonly bytes: number;
  readonly waitMs: number;
}

/** Records to be sent together, and the last line that was read for them; they may be none. */
export interface Batch {
  readonly records: readonly SinkRecord[];
  readonly position: SinkPosition;
}

/** A batch in the making. Together with what is being sent, it is all that is held in memory: the journal is the buffer. */
export class Batcher {
  readonly #limits: Limits;
  #records: SinkRecord[] = [];
  #position: SinkPosition | 'none' = 'none';
  #bytes = 0;
  #idle = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Adds a line and what it became; tells whether the batch is full. */
  add(position: SinkPosition, record: SinkRecord | 'unwanted'): boolean {
    this.#position = position;
    if (record === 'unwanted') return false;
    this.#records.push(record);
    this.#bytes += record.text.length;
    return this.#records.length >= this.#limits.records || this.#bytes >= this.#limits.bytes;
  }

  empty(): boolean {
    return this.#position === 'none';
  }

  /** Counts how often there was nothing more to read since the batch was begun. */
  idle(): number {
    return (this.#idle += 1);
  }

  /** Gives the batch and begins another. */
  take(): Batch | 'none' {
    if (this.#position === 'none') return 'none';
    const batch = { records: this.#records, position: this.#position };
    this.#records = [];
    this.#position = 'none';
    this.#bytes = 0;
    this.#idle = 0;
    return batch;
  }
}
