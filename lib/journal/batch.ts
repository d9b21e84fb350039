import { BATCH_BYTES, LINE_BYTES, type EncodedContent, type Link } from './lines/index.js';
import type { CompactRange } from './proof/index.js';
import type { OpenSegment } from './rotation.js';
import type { Stamp } from './time.js';
import { mintReceipt, type NotWritten, type Receipt } from './types.js';

/** A segment being written, and the UTC day it was begun on. */
export interface Page {
  readonly segment: OpenSegment;
  readonly day: string;
}

/** A place behind a line, and all that is needed to go on from there. */
export interface Head extends Link {
  /** The tree over all lines up to this one. */
  readonly range: CompactRange;
  /** The newest checkpoint's line, 0 if there is none. */
  readonly checkpointed: number;
}

/** How far the journal is on disk: so many bytes of a segment, up to a line. */
export interface Durable {
  readonly page: Page;
  readonly bytes: number;
  readonly last: Head;
}

/** Tells an appender what became of the entry. */
export type Answer = (outcome: Receipt | NotWritten) => void;

/** An entry to be added, or to be added again if the disk had no room for its line. */
export interface Waiting {
  readonly kind: string;
  readonly content: EncodedContent;
  readonly stamp: Stamp;
  readonly answer: Answer;
}

interface Waiter {
  readonly seq: number;
  readonly time: string;
  readonly answer: Answer;
  /** The entry itself, if it is to be written even when others are not. */
  readonly urgent: Waiting | 'no';
}

/** A signed checkpoint, and how many lines it speaks of. */
export interface Signed {
  readonly note: string;
  readonly size: number;
}

/** Lines that are written and synced together, in one segment, and those who wait for that. */
export class Batch {
  readonly page: Page;
  /** The `seq` of its first line. */
  readonly first: number;
  /** Its last line so far. */
  last: Head;
  /** The checkpoints among its lines. */
  readonly signed: Signed[] = [];
  #text = '';
  readonly #waiters: Waiter[] = [];

  constructor(page: Page, before: Head) {
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
  add(line: string, head: Head): void {
    this.#text += line;
    this.last = head;
  }

  /** Lets somebody wait for the line that was added last. */
  await(time: string, answer: Answer, urgent: Waiting | 'no'): void {
    this.#waiters.push({ seq: this.last.seq, time, answer, urgent });
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

  /** Tells everybody that there will be no receipt, but for urgent entries, which are given back to be added again. */
  refuseButUrgent(outcome: NotWritten): readonly Waiting[] {
    const again: Waiting[] = [];
    for (const { answer, urgent } of this.#waiters) {
      if (urgent === 'no') answer(outcome);
      else again.push(urgent);
    }
    return again;
  }
}

/** The batches that are ahead of the disk: the one on its way, and those behind it. */
export class Queue {
  #waiting: Batch[] = [];
  #inFlight: Batch | 'none' = 'none';
  #bytes = 0;

  /** How many bytes are ahead of the disk. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Gives the batch that the next line goes to, in a segment and behind a line. */
  batchFor(page: Page, head: Head): Batch {
    const last = this.#waiting.at(-1);
    if (last?.page === page && last.hasRoom()) return last;
    const batch = new Batch(page, head);
    this.#waiting.push(batch);
    return batch;
  }

  /** Adds a line to the batch that was given for it. */
  add(batch: Batch, line: string, head: Head): void {
    batch.add(line, head);
    this.#bytes += line.length;
  }

  /** Gives the batch that goes to the disk next. */
  begin(): Batch | 'none' {
    this.#inFlight = this.#waiting.shift() ?? 'none';
    return this.#inFlight;
  }

  /** Notes that a batch is on disk. */
  settled(batch: Batch): void {
    this.#bytes -= batch.bytes;
  }

  /** Notes that nothing is on its way any more. */
  end(): void {
    this.#inFlight = 'none';
  }

  /** Tells everybody that there will be no receipt, and forgets all that is ahead of the disk. */
  refuseAll(answer: NotWritten): void {
    for (const batch of this.#forget()) batch.refuse(answer);
  }

  /** The same, but for urgent entries, which are given back in their order. */
  refuseButUrgent(answer: NotWritten): readonly Waiting[] {
    return this.#forget().flatMap((batch) => batch.refuseButUrgent(answer));
  }

  #forget(): readonly Batch[] {
    const ahead = this.#inFlight === 'none' ? this.#waiting : [this.#inFlight, ...this.#waiting];
    this.#waiting = [];
    this.#bytes = 0;
    return ahead;
  }
}
