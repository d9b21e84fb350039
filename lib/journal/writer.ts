import { errorMessage } from '../system/index.js';
import { Queue, type Batch, type Durable, type Head, type Page, type Waiting } from './batch.js';
import { cutBack, writeDurably, type Disk, type Reserve } from './disk/index.js';
import {
  encodeContent,
  hashLine,
  isKind,
  linkContent,
  sealLine,
  SEGMENT_KIND,
  type EncodedContent,
} from './lines/index.js';
import { CHECKPOINT_KIND, hashLeaf, push, signCheckpoint, type Signers } from './proof/index.js';
import { closeQuietly, Rotation } from './rotation.js';
import { dayOf, Stamper, type Stamp } from './time.js';
import { DiskState } from './trouble.js';
import {
  full,
  isOwnKind,
  unencodable,
  type Clock,
  type Entry,
  type JournalState,
  type NotWritten,
  type Receipt,
  type WriterEvents,
} from './types.js';

/** What the writer needs to know. */
export interface WriterSettings {
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly segmentBytes: number;
  readonly waitingBytes: number;
  readonly retryMs: number;
  readonly checkpointLines: number;
  readonly signers: Signers;
  readonly reserve: Reserve;
}

/** A batch of so many lines shows that many append at once: then the next sync begins so much later, and serves more. */
const CROWD = 3;
const PACE_MS = 4;

/**
 * Writes entries, in the order they come, in batches: while one is on its way to the disk, the next one gathers.
 *
 * Lines are numbered, chained and hashed when they come, ahead of the disk, so that the work is done while the disk is
 * busy. If a batch cannot be written, all that is ahead of the disk is taken back and its numbers are used again. Then the
 * reserve is given up, and urgent entries go on being written; others wait until there is room to make it anew.
 *
 * INVARIANT: a batch is written only when everything before it is on disk; nobody is answered otherwise than in order.
 */
export class Writer {
  readonly #settings: WriterSettings;
  readonly #stamper: Stamper;
  readonly #rotation: Rotation;
  #durable: Durable;
  // Ahead of the disk: where the next line goes, the line before it, and how big its segment will be before it.
  #page: Page;
  #head: Head;
  #size: number;
  readonly #queue = new Queue();
  #drained: Promise<void> = Promise.resolve();
  #draining = false;
  #notBefore = 0;
  #closed = false;
  readonly #diskState = new DiskState();
  readonly #events: WriterEvents;

  constructor(settings: WriterSettings, durable: Durable, events: WriterEvents) {
    this.#settings = settings;
    this.#stamper = new Stamper(settings.clock);
    this.#rotation = new Rotation(settings.disk, settings.directory, settings.clock.mono);
    this.#durable = durable;
    this.#page = durable.page;
    this.#head = durable.last;
    this.#size = durable.bytes;
    this.#events = events;
  }

  /** Takes a caller's entry; see `Journal.append`. */
  append(entry: Entry): Promise<Receipt | NotWritten> {
    if (!isKind(entry.kind) || isOwnKind(entry.kind)) {
      return Promise.resolve(unencodable(`"${entry.kind}" cannot be the kind of an entry`));
    }
    return this.appendOwn(entry);
  }

  /** Takes an entry of any kind, the journal's own too. */
  appendOwn(entry: Entry): Promise<Receipt | NotWritten> {
    const urgent = entry.urgent === true;
    const refusal = this.#refusal(urgent);
    if (refusal !== 'none') return Promise.resolve(refusal);
    let content: EncodedContent;
    try {
      content = encodeContent(entry.content);
    } catch (error) {
      return Promise.resolve(unencodable(errorMessage(error)));
    }
    return new Promise((resolve) => {
      this.#take({ kind: entry.kind, content, stamp: this.#stamper.stamp(), answer: resolve }, urgent);
      this.#wake();
    });
  }

  /** Adds a signed checkpoint of all lines so far. */
  checkpoint(): Promise<Receipt | NotWritten> {
    const refusal = this.#refusal(true);
    if (refusal !== 'none') return Promise.resolve(refusal);
    return new Promise((resolve) => {
      const stamp = this.#stamper.stamp();
      // A new segment begins with one.
      const begun = this.#turnPage(stamp);
      const batch = begun === 'none' ? this.#addCheckpoint(stamp) : begun;
      batch.await(stamp.time, resolve, 'no');
      this.#wake();
    });
  }

  state(): JournalState {
    const { page, bytes, last } = this.#durable;
    const { seq } = last;
    if (this.#diskState.kind !== 'none') return { kind: this.#diskState.kind, seq, detail: this.#diskState.detail };
    if (this.#closed) return { kind: 'closed', seq };
    return {
      kind: 'writing',
      seq,
      segment: page.segment.name,
      bytes,
      rotationProblem: this.#rotation.problem(),
      maintenanceProblem: this.#events.maintenanceProblem(),
    };
  }

  /** Takes no more entries, waits until the disk has all that came before and a last checkpoint, and closes the segment. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#sealEnd();
    await this.#drained;
    await this.#settings.reserve.stop();
    await this.#rotation.discard();
    await closeQuietly(this.#settings.disk, this.#durable.page.segment);
  }

  /** Fails for good: everybody who waits or comes later is told so. */
  fail(detail: string): void {
    const answer = this.#diskState.failed(detail);
    if (answer === 'known') return;
    this.#queue.refuseAll(answer);
    this.#events.onFailed(answer);
  }

  #refusal(urgent: boolean): NotWritten | 'none' {
    if (this.#closed && this.#diskState.kind !== 'failed')
      return { kind: 'not_written', reason: 'closed', detail: 'the journal is closed' };
    const refusal = this.#diskState.refusal(urgent, this.#settings.clock.mono());
    if (refusal !== 'none') return refusal;
    if (this.#queue.bytes < this.#settings.waitingBytes) return 'none';
    return full(`${this.#queue.bytes} bytes already wait for the disk`);
  }

  #take(entry: Waiting, urgent: boolean): void {
    this.#turnPage(entry.stamp);
    const batch = this.#add(entry.kind, entry.content, entry.stamp);
    batch.await(entry.stamp.time, entry.answer, urgent ? entry : 'no');
    if (this.#head.seq - this.#head.checkpointed >= this.#settings.checkpointLines) this.#addCheckpoint(entry.stamp);
  }

  /** Goes over to a new segment if one is ready, or has one made if it is time. Gives the batch of a new one's checkpoint. */
  #turnPage(stamp: Stamp): Batch | 'none' {
    // One step at a time: what is ahead of the disk begins one new segment at most, so that it can be taken back.
    if (this.#page !== this.#durable.page) return 'none';
    const today = dayOf(stamp.time);
    const next = this.#rotation.take();
    if (next !== 'none') {
      const { seq, hash } = this.#head;
      const previous = { segment: this.#page.segment.name, seq, hash, bytes: this.#size };
      this.#page = { segment: next, day: today };
      this.#size = 0;
      this.#add(SEGMENT_KIND, encodeContent(linkContent(previous)), stamp);
      // INVARIANT: each segment's second line is a checkpoint: whoever has nothing older can go on from there.
      return this.#addCheckpoint(stamp);
    }
    if (this.#size >= this.#settings.segmentBytes || today > this.#page.day) {
      this.#rotation.prepare(this.#page.segment.number + 1);
    }
    return 'none';
  }

  #addCheckpoint(stamp: Stamp): Batch {
    const { range, hash } = this.#head;
    const { note, content } = signCheckpoint(this.#settings.signers, { range, hash, time: stamp.time });
    const batch = this.#add(CHECKPOINT_KIND, encodeContent(content), stamp);
    batch.signed.push({ note, size: range.size });
    return batch;
  }

  #sealEnd(): void {
    if (this.#diskState.kind === 'failed' || (this.#diskState.kind === 'full' && !this.#diskState.onReserve)) return;
    if (this.#head.checkpointed === this.#head.seq) return;
    this.#addCheckpoint(this.#stamper.stamp());
    this.#wake();
  }

  /** Adds a line, and gives the batch that it stands in. */
  #add(kind: string, content: EncodedContent, { time, mono }: Stamp): Batch {
    const before = this.#head;
    const batch = this.#queue.batchFor(this.#page, before);
    const seq = before.seq + 1;
    const { boot } = this.#stamper;
    const line = sealLine({ seq, time, mono, boot, kind, batch: batch.first, prev: before.hash }, content);
    this.#head = {
      seq,
      hash: hashLine(line),
      range: push(before.range, hashLeaf(line)),
      checkpointed: kind === CHECKPOINT_KIND ? seq : before.checkpointed,
    };
    this.#size += line.length;
    this.#queue.add(batch, line, this.#head);
    return batch;
  }

  #wake(): void {
    if (this.#draining) return;
    this.#draining = true;
    // After the current turn, so that all who append in it share a batch.
    this.#drained = Promise.resolve().then(() => this.#drain());
  }

  async #drain(): Promise<void> {
    for (;;) {
      await this.#pace();
      const batch = this.#queue.begin();
      if (batch === 'none') break;
      if (batch.lines >= CROWD) this.#notBefore = this.#settings.clock.mono() + PACE_MS;
      const written = await writeDurably(this.#settings.disk, batch.page.segment.fd, batch.toBytes(), 'end');
      if (written.kind === 'written') this.#settle(batch);
      else if (written.kind === 'full') await this.#takeBack(batch, written.detail);
      else this.fail(written.detail);
      this.#queue.end();
    }
    this.#draining = false;
  }

  /** Lets a little time pass between syncs while many append, so that more of them share one. */
  async #pace(): Promise<void> {
    const wait = this.#notBefore - this.#settings.clock.mono();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }

  #settle(batch: Batch): void {
    // `close` gave up on the disk meanwhile: everybody has been answered.
    if (this.#diskState.kind === 'failed') return;
    const before = this.#durable;
    const bytes = (batch.page === before.page ? before.bytes : 0) + batch.bytes;
    this.#durable = { page: batch.page, bytes, last: batch.last };
    this.#queue.settled(batch);
    this.#diskState.written();
    batch.acknowledge();
    for (const { note, size } of batch.signed) this.#events.onCheckpoint(note, size);
    if (batch.page !== before.page) {
      void closeQuietly(this.#settings.disk, before.page.segment);
      this.#events.onTurned();
    }
  }

  /** No room: cuts off what the disk took of a batch, and takes back all that is ahead of the disk. */
  async #takeBack(batch: Batch, detail: string): Promise<void> {
    const { page, bytes, last } = this.#durable;
    const cut = await cutBack(this.#settings.disk, batch.page.segment.fd, batch.page === page ? bytes : 0);
    if (cut.kind !== 'written') {
      this.fail(`${detail}; and the file could not be cut back: ${cut.detail}`);
      return;
    }
    const given = await this.#settings.reserve.giveUp();
    if (this.#diskState.kind === 'failed') return;
    const { clock, retryMs } = this.#settings;
    const answer = this.#diskState.filled(detail, clock.mono() + (given ? 0 : retryMs));
    if (this.#page !== page) this.#rotation.giveBack(this.#page.segment);
    this.#page = page;
    this.#head = last;
    this.#size = bytes;
    if (given) this.#goOnUrgently(answer);
    else this.#queue.refuseAll(answer);
  }

  /** The reserve was given up: adds again what is urgent, and lets the rest wait until the reserve can be made anew. */
  #goOnUrgently(answer: NotWritten): void {
    if (this.#diskState.onReserveFromNow()) {
      const { reserve, retryMs } = this.#settings;
      const isWanted = (): boolean => !this.#closed && this.#diskState.kind !== 'failed';
      void reserve.keepSoon(retryMs, isWanted).then((kept) => kept && this.#diskState.reserveKept());
    }
    for (const entry of this.#queue.refuseButUrgent(answer)) this.#take(entry, true);
    if (this.#closed) this.#sealEnd();
  }
}
