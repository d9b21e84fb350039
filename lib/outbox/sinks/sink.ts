import type { Delivery } from '../receivers/index.js';

/** A record on its way: what a sink needs to know of it, and its text in the format that was asked for. */
export interface SinkRecord {
  readonly seq: number;
  /** The same however often it is sent: SHA-256 of the journal line, as base64url. */
  readonly id: string;
  /** UTC with milliseconds. */
  readonly time: string;
  readonly kind: string;
  /** Which run of tidegate recorded it. */
  readonly boot: string;
  /** One line of printable ASCII, without a line end. */
  readonly text: string;
  /** The same as an object, or `'none'` where the format is no JSON. */
  readonly object: Readonly<Record<string, unknown>> | 'none';
}

/** Somewhere that records go. */
export interface Sink {
  /**
   * Hands records over, in order, and answers what became of all of them together. Called one at a time; settles within
   * the sink's time-out, and soon after the signal. Never throws.
   */
  readonly send: (records: readonly SinkRecord[], signal: AbortSignal) => Promise<Delivery>;
  readonly close: () => Promise<void>;
  /**
   * How long records that were accepted may still be lost with their receiver, where it takes them before it has stored
   * them. They are sent again if it goes away within that time.
   */
  readonly settleMs: number;
}

/** What sinks tell receivers of this instance. */
export interface SenderIdentity {
  readonly version: string;
  readonly host: string;
}
