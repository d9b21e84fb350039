import type { Line } from '../../journal/index.js';
import { type BackoffLimits, type Clock, DeliveryHealth } from '../delivery/index.js';
import type { SinkRecord } from '../sinks/index.js';
import type { SinkPosition } from './cursor.js';

/** Something that an operator should know, reported once when it begins or happens. */
export type SinkEvent =
  | { readonly kind: 'failing'; readonly detail: string }
  | { readonly kind: 'works_again'; readonly afterMs: number }
  | { readonly kind: 'gap'; readonly from: number; readonly to: number }
  | { readonly kind: 'refused'; readonly seq: number; readonly id: string; readonly detail: string }
  | { readonly kind: 'skipped'; readonly seq: number; readonly id: string; readonly detail: string }
  | { readonly kind: 'journal_replaced'; readonly seq: number }
  | { readonly kind: 'cursor_unreadable' | 'cursor_unwritable'; readonly detail: string };

/** The state of one sink. */
export interface SinkStatus {
  readonly name: string;
  readonly state: 'shipping' | 'failing';
  /** The last record that the receiver has accepted, its time, and when it did; `'none'` if none yet. */
  readonly accepted: { readonly seq: number; readonly recorded: string; readonly at: string } | 'none';
  /** Durable records that it has not accepted, and how old the oldest of them is that has been read. */
  readonly lag: { readonly records: number; readonly ms: number };
  /** The last failure; `'none'` once it works again. */
  readonly error: string | 'none';
  /** For how long it has been failing. */
  readonly failingMs: number;
  /** Records that were removed from the journal before they were sent, since this process started. */
  readonly missed: { readonly records: number; readonly last: { readonly from: number; readonly to: number } | 'none' };
  /** The record that the receiver refuses and that holds up the others, or `'none'`. */
  readonly refused: number | 'none';
  /** Records that were left out because the receiver refused them. */
  readonly skipped: number;
}

/** From a second to a minute: a receiver that is back is found within that. */
const BACKOFF: BackoffLimits = { minMs: 1_000, maxMs: 60_000 };
const NOWHERE: SinkPosition = { seq: 0, hash: '' };

/** How far one sink is, and what holds it up. */
export class Progress {
  /** Up to here nothing is needed again. */
  settled = NOWHERE;
  /** Up to here the receiver has accepted. */
  delivered = NOWHERE;
  readonly health: DeliveryHealth;
  readonly report: (event: SinkEvent) => void;
  readonly #name: string;
  readonly #clock: Clock;
  #accepted: SinkStatus['accepted'] = 'none';
  #readTime = '';
  #oldest: string | 'none' = 'none';
  #cursorError: string | 'none' = 'none';
  #missed: SinkStatus['missed'] = { records: 0, last: 'none' };
  #refused: number | 'none' = 'none';
  #skipped = 0;

  constructor(name: string, onEvent: (event: SinkEvent) => void, clock: Clock) {
    this.#name = name;
    this.report = onEvent;
    this.#clock = clock;
    this.health = new DeliveryHealth(clock, BACKOFF, (detail) => onEvent({ kind: 'failing', detail }));
  }

  /** Continues from a saved cursor. */
  resume(position: SinkPosition): void {
    this.settled = position;
    this.delivered = position;
  }

  read({ time }: Line): void {
    this.#readTime = time;
    if (this.#oldest === 'none') this.#oldest = time;
  }

  /** The receiver has all up to here that is meant for it; nothing was sent. */
  passed(position: SinkPosition): void {
    this.delivered = position;
    this.#oldest = 'none';
    this.#refused = 'none';
    const afterMs = this.health.failingMs;
    if (this.health.recovered()) this.report({ kind: 'works_again', afterMs });
  }

  accepted(position: SinkPosition): void {
    this.passed(position);
    const at = new Date(this.#clock.now()).toISOString();
    this.#accepted = { seq: position.seq, recorded: this.#readTime, at };
  }

  saved(position: SinkPosition): void {
    this.settled = position;
    this.#cursorError = 'none';
  }

  /** The cursor stays where its file is: retention must not remove what a start would send again. */
  notSaved(detail: string): void {
    if (this.#cursorError === 'none') this.report({ kind: 'cursor_unwritable', detail });
    this.#cursorError = detail;
  }

  missed(from: number, to: number): void {
    // Reading again from the cursor finds the same gap again.
    if (this.#missed.last !== 'none' && this.#missed.last.from === from) return;
    this.#missed = { records: this.#missed.records + to - from + 1, last: { from, to } };
    this.report({ kind: 'gap', from, to });
  }

  refused({ seq, id }: SinkRecord, detail: string): void {
    if (this.#refused !== seq) this.report({ kind: 'refused', seq, id, detail });
    this.#refused = seq;
  }

  skipped({ seq, id }: SinkRecord, detail: string): void {
    this.#skipped += 1;
    this.report({ kind: 'skipped', seq, id, detail });
  }

  status(durable: number): SinkStatus {
    const { detail, failingMs } = this.health;
    const records = Math.max(0, durable - this.delivered.seq);
    const age = this.#oldest === 'none' ? 0 : Math.max(0, this.#clock.now() - Date.parse(this.#oldest));
    const cursor = this.#cursorError === 'none' ? 'none' : `cursor cannot be written: ${this.#cursorError}`;
    return {
      name: this.#name,
      state: detail === 'none' ? 'shipping' : 'failing',
      accepted: this.#accepted,
      lag: { records, ms: records === 0 ? 0 : Math.max(age, failingMs) },
      error: detail === 'none' ? cursor : detail,
      failingMs,
      missed: this.#missed,
      refused: this.#refused,
      skipped: this.#skipped,
    };
  }
}
