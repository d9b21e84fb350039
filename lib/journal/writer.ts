import { Batch, type Answer, type Page } from './batch.js';
import { cutBack, wordsOf, writeDurably, type Disk } from './disk.js';
import {
  encodeContent,
  hashLine,
  isKind,
  linkContent,
  RECOVER_KIND,
  sealLine,
  SEGMENT_KIND,
  type EncodedContent,
  type Link,
} from './lines/index.js';
import { Rotation, type OpenSegment } from './rotation.js';
import { dayOf, Stamper, type Stamp } from './time.js';
import type { Clock, Entry, JournalState, NotWritten, Receipt } from './types.js';

/** What the writer needs to know. */
export interface WriterSettings {
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly segmentBytes: number;
  readonly waitingBytes: number;
  readonly retryMs: number;
}

/** How far the journal is on disk: so many bytes of a segment, up to a line. */
export interface Durable {
  readonly page: Page;
  readonly bytes: number;
  readonly last: Link;
}

/** A batch of so many lines shows that many append at once: then the next sync begins so much later, and serves more. */
const CROWD = 3;
const PACE_MS = 4;

type Trouble =
  | { readonly kind: 'none' }
  | { readonly kind: 'full'; readonly answer: NotWritten; readonly retryAt: number }
  | { readonly kind: 'failed'; readonly answer: NotWritten };

/**
 * Writes entries, in the order they come, in batches: while one is on its way to the disk, the next one gathers.
 *
 * Lines are numbered, chained and hashed when they come, ahead of the disk, so that the work is done while the disk is
 * busy. If a batch cannot be written, all that is ahead of the disk is taken back and its numbers are used again.
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
  #head: Link;
  #size: number;
  #waiting: Batch[] = [];
  #waitingBytes = 0;
  #inFlight: Batch | 'none' = 'none';
  #drained: Promise<void> = Promise.resolve();
  #draining = false;
  #notBefore = 0;
  #closed = false;
  #trouble: Trouble = { kind: 'none' };
  readonly #onFailed: (answer: NotWritten) => void;

  constructor(settings: WriterSettings, durable: Durable, onFailed: (answer: NotWritten) => void) {
    this.#settings = settings;
    this.#stamper = new Stamper(settings.clock);
    this.#rotation = new Rotation(settings.disk, settings.directory, settings.clock.mono);
    this.#durable = durable;
    this.#page = durable.page;
    this.#head = durable.last;
    this.#size = durable.bytes;
    this.#onFailed = onFailed;
  }

  /** Takes a caller's entry; see `Journal.append`. */
  append(entry: Entry): Promise<Receipt | NotWritten> {
    if (!isKind(entry.kind) || OWN_KINDS.has(entry.kind)) {
      return Promise.resolve(unencodable(`"${entry.kind}" cannot be the kind of an entry`));
    }
    return this.appendOwn(entry);
  }

  /** Takes an entry of any kind, the journal's own too. */
  appendOwn(entry: Entry): Promise<Receipt | NotWritten> {
    const refusal = this.#refusal();
    if (refusal !== 'none') return Promise.resolve(refusal);
    let content: EncodedContent;
    try {
      content = encodeContent(entry.content);
    } catch (error) {
      return Promise.resolve(unencodable(wordsOf(error)));
    }
    return new Promise((resolve) => {
      const stamp = this.#stamper.stamp();
      this.#turnPage(stamp);
      this.#add(entry.kind, content, stamp, resolve);
      this.#wake();
    });
  }

  state(): JournalState {
    if (this.#trouble.kind !== 'none') return { kind: this.#trouble.kind, detail: this.#trouble.answer.detail };
    if (this.#closed) return { kind: 'closed' };
    const { page, bytes, last } = this.#durable;
    return {
      kind: 'writing',
      seq: last.seq,
      segment: page.segment.name,
      bytes,
      rotationProblem: this.#rotation.problem(),
    };
  }

  /** Takes no more entries, waits until the disk has all that came before, and closes the segment. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#drained;
    await this.#rotation.discard();
    await closeQuietly(this.#settings.disk, this.#durable.page.segment);
  }

  /** Fails for good: everybody who waits or comes later is told so. */
  fail(detail: string): void {
    if (this.#trouble.kind === 'failed') return;
    const answer: NotWritten = { kind: 'not_written', reason: 'failed', detail };
    this.#trouble = { kind: 'failed', answer };
    this.#refuseAll(answer);
    this.#onFailed(answer);
  }

  #refusal(): NotWritten | 'none' {
    if (this.#trouble.kind === 'failed') return this.#trouble.answer;
    if (this.#closed) return { kind: 'not_written', reason: 'closed', detail: 'the journal is closed' };
    if (this.#trouble.kind === 'full' && this.#settings.clock.mono() < this.#trouble.retryAt)
      return this.#trouble.answer;
    if (this.#waitingBytes < this.#settings.waitingBytes) return 'none';
    return full(`${this.#waitingBytes} bytes already wait for the disk`);
  }

  /** Goes over to a new segment if one is ready, or has one made if it is time. */
  #turnPage(stamp: Stamp): void {
    // One step at a time: what is ahead of the disk begins one new segment at most, so that it can be taken back.
    if (this.#page !== this.#durable.page) return;
    const today = dayOf(stamp.time);
    const next = this.#rotation.take();
    if (next !== 'none') {
      const previous = { segment: this.#page.segment.name, ...this.#head, bytes: this.#size };
      this.#page = { segment: next, day: today };
      this.#size = 0;
      this.#add(SEGMENT_KIND, encodeContent(linkContent(previous)), stamp, 'nobody');
    } else if (this.#size >= this.#settings.segmentBytes || today > this.#page.day) {
      this.#rotation.prepare(this.#page.segment.number + 1);
    }
  }

  #add(kind: string, content: EncodedContent, { time, mono }: Stamp, answer: Answer | 'nobody'): void {
    const batch = this.#gathering();
    const seq = this.#head.seq + 1;
    const { boot } = this.#stamper;
    const line = sealLine({ seq, time, mono, boot, kind, batch: batch.first, prev: this.#head.hash }, content);
    this.#head = { seq, hash: hashLine(line) };
    this.#size += line.length;
    this.#waitingBytes += line.length;
    batch.add(line, this.#head);
    if (answer !== 'nobody') batch.await(time, answer);
  }

  #gathering(): Batch {
    const last = this.#waiting.at(-1);
    if (last?.page === this.#page && last.hasRoom()) return last;
    const batch = new Batch(this.#page, this.#head);
    this.#waiting.push(batch);
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
      const batch = this.#waiting.shift();
      if (batch === undefined) break;
      this.#inFlight = batch;
      if (batch.lines >= CROWD) this.#notBefore = this.#settings.clock.mono() + PACE_MS;
      const written = await writeDurably(this.#settings.disk, batch.page.segment.fd, batch.toBytes(), 'end');
      if (written.kind === 'written') this.#settle(batch);
      else if (written.kind === 'full') await this.#takeBack(batch, written.detail);
      else this.fail(written.detail);
      this.#inFlight = 'none';
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
    if (this.#trouble.kind === 'failed') return;
    const before = this.#durable;
    const bytes = (batch.page === before.page ? before.bytes : 0) + batch.bytes;
    this.#durable = { page: batch.page, bytes, last: batch.last };
    if (batch.page !== before.page) void closeQuietly(this.#settings.disk, before.page.segment);
    this.#waitingBytes -= batch.bytes;
    this.#trouble = { kind: 'none' };
    batch.acknowledge();
  }

  /** No room: cuts off what the disk took of a batch, and takes back all that is ahead of the disk. */
  async #takeBack(batch: Batch, detail: string): Promise<void> {
    const { page, bytes, last } = this.#durable;
    const cut = await cutBack(this.#settings.disk, batch.page.segment.fd, batch.page === page ? bytes : 0);
    if (cut.kind !== 'written') {
      this.fail(`${detail}; and the file could not be cut back: ${cut.detail}`);
      return;
    }
    if (this.#trouble.kind === 'failed') return;
    const answer = full(detail);
    this.#trouble = { kind: 'full', answer, retryAt: this.#settings.clock.mono() + this.#settings.retryMs };
    if (this.#page !== page) this.#rotation.giveBack(this.#page.segment);
    this.#page = page;
    this.#head = last;
    this.#size = bytes;
    this.#refuseAll(answer);
  }

  #refuseAll(answer: NotWritten): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (this.#inFlight !== 'none') this.#inFlight.refuse(answer);
    for (const batch of waiting) batch.refuse(answer);
  }
}

const OWN_KINDS: ReadonlySet<string> = new Set([SEGMENT_KIND, RECOVER_KIND]);

function full(detail: string): NotWritten {
  return { kind: 'not_written', reason: 'full', detail };
}

function unencodable(detail: string): NotWritten {
  return { kind: 'not_written', reason: 'unencodable', detail };
}

/** Closes a segment whose lines are all synced: nothing that close could still say would change that. */
async function closeQuietly(disk: Disk, segment: OpenSegment): Promise<void> {
  await disk.close(segment.fd).catch(() => undefined);
}
