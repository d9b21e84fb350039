import { errorMessage } from '../../system/index.js';
import { checkSoleWriter, cutBack, syncDurably, writeAll, type Written } from '../disk/index.js';
import { encodeContent, isKind, isOwnKind, type EncodedContent } from '../lines/index.js';
import { Queue, type Batch, type DurableState, type PendingEntry, type SegmentInUse } from './batch.js';
import { LineChain } from './chain.js';
import { DiskState } from './disk-state.js';
import {
  notWritten,
  type Entry,
  type JournalState,
  type NotWritten,
  type Receipt,
  type ReserveShare,
} from './entry.js';
import type { WriterSettings } from './settings.js';

/** A batch of so many lines shows that many append at once: then the next sync is delayed, and serves more of them. */
const BUSY_LINES = 3;
const SYNC_DELAY_MS = 4;
/** So soon after a look no other process can have opened the journal: the next look is the one after the batch. */
const FRESH_LOOK_MS = 5;
/** About what a line takes in addition to its content. */
const HEAD_BYTES = 256;

/**
 * Writes entries, in the order of the calls, in batches: while one is being written, the next one fills.
 *
 * If a batch cannot be written, all that is ahead of the disk is taken back. Then the reserve is given up for the entries that
 * may use it, all of it or together a part; others are refused until there is room to make it again.
 *
 * INVARIANT: a batch is written only when everything before it is on disk; answers come in the order of the calls.
 */
export class Writer {
  readonly kind = 'writer';
  #reportFailure: (answer: NotWritten) => void = () => undefined;
  /** Resolves once the disk has failed for good. */
  readonly failed = new Promise<NotWritten>((resolve) => (this.#reportFailure = resolve));
  readonly #settings: WriterSettings;
  readonly #queue = new Queue();
  readonly #chain: LineChain;
  readonly #diskState: DiskState;
  #durable: DurableState;
  #drained: Promise<void> = Promise.resolve();
  #draining = false;
  #notBefore = 0;
  #lookedAt = -Infinity;
  #closed = false;

  constructor(settings: WriterSettings, durable: DurableState) {
    this.#settings = settings;
    this.#durable = durable;
    this.#diskState = new DiskState(settings.sharedReserveBytes);
    this.#chain = new LineChain(settings, this.#queue, durable);
  }

  /** Takes a caller's entry; see `Journal.append`. */
  append(entry: Entry): Promise<Receipt | NotWritten> {
    if (!isKind(entry.kind) || isOwnKind(entry.kind)) {
      return Promise.resolve(notWritten('unencodable', `"${entry.kind}" cannot be the kind of an entry`));
    }
    return this.appendOwn(entry);
  }

  /** Takes an entry of any kind, including the journal's own. */
  appendOwn(entry: Entry): Promise<Receipt | NotWritten> {
    const { reserve = 'nothing' } = entry;
    const refusal = this.#refusal(reserve);
    if (refusal !== 'none') return Promise.resolve(refusal);
    let content: EncodedContent;
    try {
      content = encodeContent(entry.content);
    } catch (error) {
      return Promise.resolve(notWritten('unencodable', errorMessage(error)));
    }
    return new Promise((resolve) => {
      const pending = { kind: entry.kind, content, stamp: this.#chain.stamp(), answer: resolve, reserve };
      this.#add(pending);
      this.#wake();
    });
  }

  #add(entry: PendingEntry): void {
    this.#diskState.spend(entry.reserve, entry.content.json.length + HEAD_BYTES);
    this.#chain.add(entry, this.#durable);
  }

  /** Adds a signed checkpoint of all lines so far. */
  checkpoint(): Promise<Receipt | NotWritten> {
    const refusal = this.#refusal('all');
    if (refusal !== 'none') return Promise.resolve(refusal);
    return new Promise((resolve) => {
      const stamp = this.#chain.stamp();
      this.#chain.checkpoint(stamp, this.#durable).await(stamp.time, resolve, 'no');
      this.#wake();
    });
  }

  state(): JournalState {
    const { segment, bytes, last } = this.#durable;
    const { seq } = last;
    if (this.#diskState.kind !== 'writable') return { kind: this.#diskState.kind, seq, detail: this.#diskState.detail };
    if (this.#closed) return { kind: 'closed', seq };
    return {
      kind: 'writing',
      seq,
      segment: segment.name,
      bytes,
      rotation: this.#chain.rotation.state(),
      maintenance: this.#settings.maintenance(),
      removalHold: this.#settings.removalHold(),
    };
  }

  /** Takes no more entries, waits until earlier ones and a last checkpoint are on disk, and closes the segment. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#seal();
    await this.#drained;
    await this.#settings.reserve.stop();
    await this.#chain.rotation.discard();
    await this.#closeSegment(this.#durable.segment);
  }

  /** Fails for good: refuses all that is waiting, and all later entries. */
  fail(detail: string): void {
    const answer = this.#diskState.fail(detail);
    if (answer === 'had_failed') return;
    this.#queue.refuse(answer, 'refused');
    this.#reportFailure(answer);
  }

  #refusal(share: ReserveShare): NotWritten | 'none' {
    if (this.#closed && this.#diskState.kind !== 'failed') return notWritten('closed', 'the journal is closed');
    const refusal = this.#diskState.refusal(share, this.#settings.clock.mono());
    if (refusal !== 'none') return refusal;
    if (this.#queue.bytes < this.#settings.waitingBytes) return 'none';
    return notWritten('full', `${this.#queue.bytes} bytes already wait for the disk`);
  }

  #seal(): void {
    if (this.#diskState.kind === 'failed' || (this.#diskState.kind === 'full' && !this.#diskState.onReserve)) return;
    if (this.#chain.seal() === 'sealed') this.#wake();
  }

  #wake(): void {
    if (this.#draining) return;
    this.#draining = true;
    // After the current turn, so that all appends in it share a batch.
    this.#drained = Promise.resolve().then(() => this.#drain());
  }

  async #drain(): Promise<void> {
    // While this one was idle, another process may have begun to write: then nothing is added to its lines.
    const idle = this.#settings.clock.mono() - this.#lookedAt > FRESH_LOOK_MS;
    if (idle && this.#diskState.kind !== 'failed') {
      await this.#checkSole(this.#durable.segment, this.#durable.bytes);
    }
    for (;;) {
      await this.#waitForMore();
      const batch = this.#queue.begin();
      if (batch === 'none') break;
      if (batch.lines >= BUSY_LINES) this.#notBefore = this.#settings.clock.mono() + SYNC_DELAY_MS;
      const written = await this.#write(batch);
      if (written.kind === 'written') this.#settle(batch);
      else if (written.kind === 'full') await this.#takeBack(batch, written.detail);
      else this.fail(written.detail);
    }
    this.#draining = false;
  }

  /** Writes a batch and syncs it; meanwhile it is seen whether another process wrote too. */
  async #write(batch: Batch): Promise<Written> {
    const { disk } = this.#settings;
    const { segment } = batch;
    const written = await writeAll(disk, segment.fd, batch.toBytes(), 'end');
    if (written.kind !== 'written') return written;
    const [synced] = await Promise.all([
      syncDurably(disk, segment.fd),
      this.#checkSole(segment, this.#bytesAfter(batch)),
    ]);
    return synced;
  }

  #bytesAfter({ segment, bytes }: Batch): number {
    return (segment === this.#durable.segment ? this.#durable.bytes : 0) + bytes;
  }

  /**
   * Fails for good unless a file is as long as what was written, and the lock is held. INVARIANT: of two writers neither gives a
   * receipt for a line that does not continue the other one's.
   */
  async #checkSole({ path, inode }: SegmentInUse, bytes: number): Promise<void> {
    const checked = await checkSoleWriter({ path, inode, bytes }, this.#settings.lock);
    if (checked !== 'sole') this.fail(checked);
    this.#lookedAt = this.#settings.clock.mono();
  }

  /** Waits between syncs while many append, so that more of them share one. */
  async #waitForMore(): Promise<void> {
    const wait = this.#notBefore - this.#settings.clock.mono();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }

  #settle(batch: Batch): void {
    // Another process wrote, or `close` gave up on the disk: all entries have been answered.
    if (this.#diskState.kind === 'failed') return;
    const before = this.#durable;
    this.#durable = { segment: batch.segment, bytes: this.#bytesAfter(batch), last: batch.last };
    this.#queue.settled(batch);
    this.#diskState.written();
    batch.acknowledge();
    for (const { note, size } of batch.signed) this.#settings.onCheckpoint(note, size);
    if (batch.segment !== before.segment) {
      void this.#closeSegment(before.segment);
      this.#settings.onRotated();
    }
  }

  /** Cuts off what a full disk took of a batch, and takes back all that is ahead of the disk. */
  async #takeBack(batch: Batch, detail: string): Promise<void> {
    const { segment, bytes } = this.#durable;
    const { disk, clock, retryMs, reserve } = this.#settings;
    const cut = await cutBack(disk, batch.segment.fd, batch.segment === segment ? bytes : 0);
    if (cut.kind !== 'written') {
      this.fail(`${detail}; and the file could not be cut back: ${cut.detail}`);
      return;
    }
    const given = await reserve.giveUp();
    if (this.#diskState.kind === 'failed') return;
    const answer = this.#diskState.fill(detail, clock.mono() + (given ? 0 : retryMs));
    this.#chain.revertTo(this.#durable);
    if (given) this.#continueOnReserve(answer);
    else this.#queue.refuse(answer, 'refused');
  }

  /** Adds entries that may use the reserve again after it was given up; others are refused until it can be made again. */
  #continueOnReserve(answer: NotWritten): void {
    if (this.#diskState.useReserve() === 'now') {
      const { reserve, retryMs } = this.#settings;
      const isWanted = (): boolean => !this.#closed && this.#diskState.kind !== 'failed';
      void reserve.keepSoon(retryMs, isWanted).then((kept) => kept && this.#diskState.reserveRestored());
    }
    const now = this.#settings.clock.mono();
    for (const entry of this.#queue.refuse(answer, 'kept')) {
      const refusal = this.#diskState.refusal(entry.reserve, now);
      if (refusal === 'none') this.#add(entry);
      else entry.answer(refusal);
    }
    if (this.#closed) this.#seal();
  }

  /** Closes a segment whose lines are all synced: no error of the close could change that. */
  async #closeSegment(segment: SegmentInUse): Promise<void> {
    await this.#settings.disk.close(segment.fd).catch(() => undefined);
  }
}
