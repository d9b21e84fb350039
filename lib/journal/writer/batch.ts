import { BATCH_BYTES, LINE_BYTES, type EncodedContent, type Link } from '../lines/index.js';
import type { CompactRange } from '../proof/index.js';
import { mintReceipt, type NotWritten, type Receipt, type ReserveShare } from './entry.js';
import type { OpenSegment } from './rotation.js';
import type { Stamp } from './stamper.js';

/** A segment being written, and the UTC day it was begun on. */
export interface SegmentInUse extends OpenSegment {
  readonly day: string;
}

/** The last line of the chain, and what is needed to continue from it. */
export interface ChainEnd extends Link {
  /** The tree over all lines up to this one. */
  readonly range: CompactRange;
  /** The newest checkpoint's line, 0 if there is none. */
  readonly checkpointed: number;
}

/** How far the journal is on disk: so many bytes of a segment, up to a line. */
export interface DurableState {
  readonly segment: SegmentInUse;
  readonly bytes: number;
  readonly last: ChainEnd;
}

type Answer = (outcome: Receipt | NotWritten) => void;

/** An entry to be added, or to be added again if the disk had no room for its line. */
export interface PendingEntry {
  readonly kind: string;
  readonly content: EncodedContent;
  readonly stamp: Stamp;
  readonly answer: Answer;
  readonly reserve: ReserveShare;
}

interface Waiter {
  readonly seq: number;
  readonly time: string;
  readonly answer: Answer;
  /** The entry, if it may use the reserve. */
  readonly again: PendingEntry | 'no';
}

/** Lines that are written and synced together, in one segment, and the appenders that wait for that. */
export class Batch {
  readonly segment: SegmentInUse;
  /** The `seq` of its first line. */
  readonly first: number;
  /** Its last line so far. */
  last: ChainEnd;
  /** The signed checkpoints among its lines, and how many lines each covers. */
  readonly signed: { readonly note: string; readonly size: number }[] = [];
  #text = '';
  readonly #waiters: Waiter[] = [];

  constructor(segment: SegmentInUse, before: ChainEnd) {
    this.segment = segment;
    this.first = before.seq + 1;
    this.last = before;
  }

  get bytes(): number {
    return this.#text.length;
  }

  get lines(): number {
    return this.last.seq - this.first + 1;
  }

  /** Whether another line fits, however long it is. */
  hasRoom(): boolean {
    return this.#text.length + LINE_BYTES <= BATCH_BYTES;
  }

  add(line: string, end: ChainEnd): void {
    this.#text += line;
    this.last = end;
  }

  /** Registers an appender that waits for the line that was added last. */
  await(time: string, answer: Answer, again: PendingEntry | 'no'): void {
    this.#waiters.push({ seq: this.last.seq, time, answer, again });
  }

  toBytes(): Buffer {
    return Buffer.from(this.#text, 'latin1');
  }

  /** Gives the receipts, in the order of the lines. INVARIANT: only after the sync. */
  acknowledge(): void {
    for (const { seq, time, answer } of this.#waiters) answer(mintReceipt(seq, time));
  }

  /** Answers that nothing was written; if those that may use the reserve are `kept`, returns them instead, to be added again. */
  refuse(outcome: NotWritten, entitled: 'kept' | 'refused'): readonly PendingEntry[] {
    const kept: PendingEntry[] = [];
    for (const { answer, again } of this.#waiters) {
      if (entitled === 'refused' || again === 'no') answer(outcome);
      else kept.push(again);
    }
    return kept;
  }
}

/** The batches that are ahead of the disk: the one being written, and those after it. */
export class Queue {
  #waiting: Batch[] = [];
  #inFlight: Batch | 'none' = 'none';
  #bytes = 0;

  /** How many bytes are ahead of the disk. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Gives the batch for the next line, in a segment and after a line. */
  batchFor(segment: SegmentInUse, end: ChainEnd): Batch {
    const last = this.#waiting.at(-1);
    if (last?.segment === segment && last.hasRoom()) return last;
    const batch = new Batch(segment, end);
    this.#waiting.push(batch);
    return batch;
  }

  /** Adds a line to the batch from {@link batchFor}. */
  add(batch: Batch, line: string, end: ChainEnd): void {
    batch.add(line, end);
    this.#bytes += line.length;
  }

  /** Gives the batch to be written next. */
  begin(): Batch | 'none' {
    this.#inFlight = this.#waiting.shift() ?? 'none';
    return this.#inFlight;
  }

  /** Notes that a batch is on disk. */
  settled(batch: Batch): void {
    this.#bytes -= batch.bytes;
    this.#inFlight = 'none';
  }

  /** Refuses all that is ahead of the disk; returns in their order the entries that may use the reserve if they are `kept`. */
  refuse(answer: NotWritten, entitled: 'kept' | 'refused'): readonly PendingEntry[] {
    const ahead = this.#inFlight === 'none' ? this.#waiting : [this.#inFlight, ...this.#waiting];
    this.#waiting = [];
    this.#inFlight = 'none';
    this.#bytes = 0;
    return ahead.flatMap((batch) => batch.refuse(answer, entitled));
  }
}
