import { BATCH_BYTES, LINE_BYTES, type Link } from './lines/index.js';
import type { OpenSegment } from './rotation.js';
import { mintReceipt, type NotWritten, type Receipt } from './types.js';

/** A segment being written, and the UTC day it was begun on. */
export interface Page {
  readonly segment: OpenSegment;
  readonly day: string;
}

/** Tells an appender what became of the entry. */
export type Answer = (outcome: Receipt | NotWritten) => void;

interface Waiter {
  readonly seq: number;
  readonly time: string;
  readonly answer: Answer;
}

/** Lines that are written and synced together, in one segment, and those who wait for that. */
export class Batch {
  readonly page: Page;
  /** The `seq` of its first line. */
  readonly first: number;
  /** Its last line so far. */
  last: Link;
  #text = '';
  readonly #waiters: Waiter[] = [];

  constructor(page: Page, before: Link) {
    this.page = page;
    this.first = before.seq + 1;
    this.last = before;
  }

  /** The size of its lines. */
  get bytes(): number {
    return this.#text.length;
  }

  /** How many lines it has. */
  get lines(): number {
    return this.last.seq - this.first + 1;
  }

  /** Tells whether another line fits, however long it is. */
  hasRoom(): boolean {
    return this.#text.length + LINE_BYTES <= BATCH_BYTES;
  }

  /** Adds a line that nobody waits for. */
  add(line: string, link: Link): void {
    this.#text += line;
    this.last = link;
  }

  /** Lets somebody wait for the line that was added last. */
  await(time: string, answer: Answer): void {
    this.#waiters.push({ seq: this.last.seq, time, answer });
  }

  /** Gives the lines as they go to the disk. */
  toBytes(): Buffer {
    return Buffer.from(this.#text, 'latin1');
  }

  /** Hands out receipts, in the order of the lines. INVARIANT: only after the sync. */
  acknowledge(): void {
    for (const { seq, time, answer } of this.#waiters) answer(mintReceipt(seq, time));
  }

  /** Tells everybody that there will be no receipt. */
  refuse(outcome: NotWritten): void {
    for (const { answer } of this.#waiters) answer(outcome);
  }
}
