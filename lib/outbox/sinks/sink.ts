import type { Delivery, LoadedTransport, ReceiverParts } from '../receivers/index.js';

/** A record on its way: what a sink needs to know of it, and its text in the configured format. */
export interface SinkRecord {
  readonly seq: number;
  /** The same however often it is sent: SHA-256 of the journal line, as base64url. */
  readonly id: string;
  /** UTC with milliseconds. */
  readonly time: string;
  readonly kind: string;
  /** Which run of tidegate recorded it. */
  readonly boot: string;
  /** One line of printable ASCII, without a line end; of a checkpoint, what its anchor keeps. */
  readonly text: string;
  /** The same as an object, or `'none'` where the format is not JSON. */
  readonly object: Readonly<Record<string, unknown>> | 'none';
}

/** A receiver of records. */
export interface Sink {
  /**
   * Sends records, in order, and answers what became of all of them together. Called one at a time; settles within the
   * sink's time-out, and soon after the signal. Never throws.
   */
  readonly send: (records: readonly SinkRecord[], signal: AbortSignal) => Promise<Delivery>;
  /** Ends every connection. */
  readonly close: () => Promise<void>;
  /**
   * How long records that were accepted may still be lost with their receiver, where it takes them before it has stored
   * them. They are sent again if it goes away within that time.
   */
  readonly settleMs: number;
}

/** What a sink needs in addition to its target. */
export interface SinkParts extends ReceiverParts {
  readonly loadTransport: () => Promise<LoadedTransport['transport']>;
}
