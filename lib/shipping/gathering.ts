import type { Mark } from './cursor.js';
import type { Shipment } from './sinks/index.js';

/** How much goes into one batch, and how long its first record waits for others. */
export interface Limits {
  readonly records: number;
  readonly bytes: number;
  readonly waitMs: number;
}

/** Records to be sent together, and the last line that was read for them; they may be none. */
export interface Batch {
  readonly shipments: readonly Shipment[];
  readonly mark: Mark;
}

/** A batch in the making. Together with what is being sent, it is all that is held in memory: the journal is the buffer. */
export class Gathering {
  readonly #limits: Limits;
  #shipments: Shipment[] = [];
  #mark: Mark | 'none' = 'none';
  #bytes = 0;
  #idle = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Adds a line and what it became; tells whether the batch is full. */
  add(mark: Mark, shipment: Shipment | 'unwanted'): boolean {
    this.#mark = mark;
    if (shipment === 'unwanted') return false;
    this.#shipments.push(shipment);
    this.#bytes += shipment.text.length;
    return this.#shipments.length >= this.#limits.records || this.#bytes >= this.#limits.bytes;
  }

  empty(): boolean {
    return this.#mark === 'none';
  }

  /** Counts how often there was nothing more to read since the batch was begun. */
  idle(): number {
    return (this.#idle += 1);
  }

  /** Gives the batch and begins another. */
  take(): Batch | 'none' {
    if (this.#mark === 'none') return 'none';
    const batch = { shipments: this.#shipments, mark: this.#mark };
    this.#shipments = [];
    this.#mark = 'none';
    this.#bytes = 0;
    this.#idle = 0;
    return batch;
  }
}
