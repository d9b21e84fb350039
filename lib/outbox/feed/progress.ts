import type { Line } from '../../journal/index.js';
import type { SinkPosition } from './cursor.js';
import type { Clock } from './clock.js';
import type { SinkRecord } from '../sinks/index.js';

/** Something that an operator should know, told once when it begins or happens. */
export type SinkEvent =
  | { readonly kind: 'failing'; readonly detail: string }
  | { readonly kind: 'works_again'; readonly afterMs: number }
  | { readonly kind: 'gap'; readonly from: number; readonly to: number }
  | { readonly kind: 'refused'; readonly seq: number; readonly id: string; readonly detail: string }
  | { readonly kind: 'skipped'; readonly seq: number; readonly id: string; readonly detail: string }
  | { readonly kind: 'journal_replaced'; readonly seq: number }
  | { readonly kind: 'cursor_unreadable' | 'cursor_unwritable'; readonly detail: string };

/** How a sink fares. */
export interface SinkStatus {
  readonly name: string;
  readonly state: 'shipping' | 'failing';
  /** The last record that the receiver has accepted, its time, and when it did; 0 and `'none'` if none yet. */
  readonly accepted: { readonly seq: number; readonly recorded: string; readonly at: string } | 'none';
  /** Durable records that it has not accepted, and how old the oldest of them is that has been read. */
  readonly lag: { readonly records: number; readonly ms: number };
  /** The last trouble; `'none'` once it works again. */
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

const NOWHERE: SinkPosition = { seq: 0, hash: '' };

/** What is known of one sink's progress and troubles. */
export class Progress {
  /** Up to here nothing is needed again. */
  settled = NOWHERE;
  /** Up to here the receiver has accepted. */
  delivered = NOWHERE;
  readonly #name: string;
  readonly #tell: (event: SinkEvent) => void;
  readonly #clock: Clock;
  #accepted: SinkStatus['accepted'] = 'none';
  #reading: { readonly seq: number; readonly time: string } | 'none' = 'none';
  #oldest: string | 'none' = 'none';
  #error: { readonly detail: string; readonly since: number } | 'none' = 'none';
  #cursorError: string | 'none' = 'none';
  #missed: SinkStatus['missed'] = { records: 0, last: 'none' };
  #refused: number | 'none' = 'none';
  #skipped = 0;

  constructor(name: string, tell: (event: SinkEvent) => void, clock: Clock) {
    this.#name = name;
    this.#tell = tell;
    this.#clock = clock;
  }

  tell(event: SinkEvent): void {
    this.#tell(event);
  }

  begin(position: SinkPosition): void {
    this.settled = position;
    this.delivered = position;
  }

  reading({ seq, time }: Line): void {
    this.#reading = { seq, time };
    if (this.#oldest === 'none') this.#oldest = time;
  }

  /** The receiver has all up to here that is meant for it. */
  passed(position: SinkPosition): void {
    this.delivered = position;
    this.#oldest = 'none';
    this.#refused = 'none';
    if (this.#error === 'none') return;
    this.#tell({ kind: 'works_again', afterMs: this.#failingMs() });
    this.#error = 'none';
  }

  accepted(position: SinkPosition): void {
    this.passed(position);
    const recorded = this.#reading === 'none' ? '' : this.#reading.time;
    this.#accepted = { seq: position.seq, recorded, at: new Date(this.#clock.now()).toISOString() };
  }

  saved(position: SinkPosition): void {
    this.settled = position;
    this.#cursorError = 'none';
  }

  notSaved(detail: string): void {
    // It stands where the file says: retention must not remove what a start would send again.
    if (this.#cursorError === 'none') this.#tell({ kind: 'cursor_unwritable', detail });
    this.#cursorError = detail;
  }

  failing(detail: string): void {
    if (this.#error === 'none' || this.#error.detail !== detail) this.#tell({ kind: 'failing', detail });
    this.#error = { detail, since: this.#error === 'none' ? this.#clock.mono() : this.#error.since };
  }

  missed(from: number, to: number): void {
    // Reading that begins anew meets it again.
    if (this.#missed.last !== 'none' && this.#missed.last.from === from) return;
    this.#missed = { records: this.#missed.records + to - from + 1, last: { from, to } };
    this.#tell({ kind: 'gap', from, to });
  }

  refused({ seq, id }: SinkRecord, detail: string): void {
    if (this.#refused !== seq) this.#tell({ kind: 'refused', seq, id, detail });
    this.#refused = seq;
  }

  skipped({ seq, id }: SinkRecord, detail: string): void {
    this.#skipped += 1;
    this.#tell({ kind: 'skipped', seq, id, detail });
  }

  status(durable: number, now: number): SinkStatus {
    const records = Math.max(0, durable - this.delivered.seq);
    const age = this.#oldest === 'none' ? 0 : Math.max(0, now - Date.parse(this.#oldest));
    const cursor = this.#cursorError === 'none' ? 'none' : `its cursor cannot be written: ${this.#cursorError}`;
    return {
      name: this.#name,
      state: this.#error === 'none' ? 'shipping' : 'failing',
      accepted: this.#accepted,
      lag: { records, ms: records === 0 ? 0 : Math.max(age, this.#failingMs()) },
      error: this.#error === 'none' ? cursor : this.#error.detail,
      failingMs: this.#failingMs(),
      missed: this.#missed,
      refused: this.#refused,
      skipped: this.#skipped,
    };
  }

  #failingMs(): number {
    return this.#error === 'none' ? 0 : this.#clock.mono() - this.#error.since;
  }
}
