import {
  CHECKPOINT_KIND,
  encodeContent,
  hashLine,
  linkContent,
  sealLine,
  SEGMENT_KIND,
  type EncodedContent,
} from '../lines/index.js';
import { hashLeaf, push, signCheckpoint } from '../proof/index.js';
import type { Batch, ChainEnd, DurableState, PendingEntry, Queue, SegmentInUse } from './batch.js';
import { Rotation } from './rotation.js';
import type { WriterSettings } from './settings.js';
import { dayOf, Stamper, type Stamp } from './stamper.js';

/**
 * The lines ahead of the disk: numbered, chained and hashed when they are added, so that the work is done while the disk is
 * busy. {@link LineChain.revertTo} takes back what the disk does not take; the numbers are used again.
 */
export class LineChain {
  readonly rotation: Rotation;
  readonly #settings: WriterSettings;
  readonly #queue: Queue;
  readonly #stamper: Stamper;
  // The segment of the next line, the line before it, and the segment's size before it.
  #segment: SegmentInUse;
  #end: ChainEnd;
  #size: number;

  constructor(settings: WriterSettings, queue: Queue, { segment, last, bytes }: DurableState) {
    this.#settings = settings;
    this.#queue = queue;
    this.#stamper = new Stamper(settings.clock);
    this.rotation = new Rotation(settings);
    this.#segment = segment;
    this.#end = last;
    this.#size = bytes;
  }

  stamp(): Stamp {
    return this.#stamper.stamp();
  }

  /** Adds an entry, and a checkpoint when so many lines have none that one is needed. */
  add(entry: PendingEntry, durable: DurableState): void {
    this.#rotate(entry.stamp, durable);
    const batch = this.#addLine(entry.kind, entry.content, entry.stamp);
    batch.await(entry.stamp.time, entry.answer, entry.reserve === 'nothing' ? 'no' : entry);
    if (this.#end.seq - this.#end.checkpointed >= this.#settings.checkpointLines) this.#addCheckpoint(entry.stamp);
  }

  /** Adds a checkpoint, unless a new segment has just begun with one, and gives its batch. */
  checkpoint(stamp: Stamp, durable: DurableState): Batch {
    const begun = this.#rotate(stamp, durable);
    return begun === 'none' ? this.#addCheckpoint(stamp) : begun;
  }

  /** Adds a last checkpoint, unless the last line is one. */
  seal(): 'sealed' | 'was_sealed' {
    if (this.#end.checkpointed === this.#end.seq) return 'was_sealed';
    this.#addCheckpoint(this.stamp());
    return 'sealed';
  }

  /** Takes back all lines that are not on disk. */
  revertTo({ segment, last, bytes }: DurableState): void {
    if (this.#segment !== segment) this.rotation.giveBack(this.#segment);
    this.#segment = segment;
    this.#end = last;
    this.#size = bytes;
  }

  /** Turns to a new segment if one is ready, or has one created when it is time. Gives the batch of a new one's checkpoint. */
  #rotate(stamp: Stamp, durable: DurableState): Batch | 'none' {
    // What is ahead of the disk begins one new segment at most, so that it can be taken back.
    if (this.#segment !== durable.segment) return 'none';
    const today = dayOf(stamp.time);
    const next = this.rotation.take();
    if (next !== 'none') {
      const { seq, hash } = this.#end;
      const previous = { segment: this.#segment.name, seq, hash, bytes: this.#size };
      this.#segment = { ...next, day: today };
      this.#size = 0;
      this.#addLine(SEGMENT_KIND, encodeContent(linkContent(previous)), stamp);
      // INVARIANT: each segment's second line is a checkpoint, so that a reader can start there without older segments.
      return this.#addCheckpoint(stamp);
    }
    if (this.#size >= this.#settings.segmentBytes || today > this.#segment.day) {
      this.rotation.prepare(this.#segment.number + 1);
    }
    return 'none';
  }

  #addCheckpoint(stamp: Stamp): Batch {
    const { range, hash } = this.#end;
    const { note, content } = signCheckpoint(this.#settings.signers, { range, hash, time: stamp.time });
    const batch = this.#addLine(CHECKPOINT_KIND, encodeContent(content), stamp);
    batch.signed.push({ note, size: range.size });
    return batch;
  }

  #addLine(kind: string, content: EncodedContent, { time, mono }: Stamp): Batch {
    const before = this.#end;
    const batch = this.#queue.batchFor(this.#segment, before);
    const seq = before.seq + 1;
    const { boot } = this.#stamper;
    const line = sealLine({ seq, time, mono, boot, kind, batch: batch.first, prev: before.hash }, content);
    this.#end = {
      seq,
      hash: hashLine(line),
      range: push(before.range, hashLeaf(line)),
      checkpointed: kind === CHECKPOINT_KIND ? seq : before.checkpointed,
    };
    this.#size += line.length;
    this.#queue.add(batch, line, this.#end);
    return batch;
  }
}
