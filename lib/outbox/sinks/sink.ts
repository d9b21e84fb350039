import type { Delivery, LoadedTransport, PostTarget, Trust } from '../receivers/index.js';

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

/** How this instance is named to receivers. */
export interface SenderIdentity {
  readonly version: string;
  readonly host: string;
}

/** What reaching a receiver takes besides its address: everything that was read from files for it. */
export interface ReceiverParts {
  readonly from: SenderIdentity;
  readonly timeoutMs: number;
  readonly trust: Trust | 'plain';
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: PostTarget['secret'];
}

/** What a sink needs besides its target. */
export interface SinkParts extends ReceiverParts {
  readonly loadTransport: () => Promise<LoadedTransport['transport']>;
}
