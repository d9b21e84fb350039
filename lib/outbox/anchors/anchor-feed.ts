import { errorMessage, sleep } from '../../system/index.js';
import type { Checkpoint } from './checkpoint.js';
import { NOTHING, recall, remember, type Accepted, type Remembered } from './anchor-memory.js';
import type { AnchorReceiver } from './targets.js';

/** What happens to an anchor that somebody should hear of. */
export type AnchorEvent =
  /** It does not take checkpoints now; tried again. Told when this begins, and when the reason changes. */
  | { readonly kind: 'failing'; readonly detail: string }
  | { readonly kind: 'works_again'; readonly size: number }
  /** It has not advanced for too long. Told once, until it advances. */
  | { readonly kind: 'stale'; readonly ms: number; readonly detail: string }
  /** A checkpoint is older than what it has, or another one of the same size: the journal was replaced or cut. */
  | { readonly kind: 'went_back'; readonly has: number; readonly offered: number; readonly memory: string }
  /** What it has accepted cannot be remembered or recalled. */
  | { readonly kind: 'memory_problem'; readonly detail: string };

/** How an anchor fares. */
export interface AnchorStatus {
  readonly name: string;
  /** `current`: it has the newest checkpoint. `behind`: it is being given it. `stale`: it has not advanced for too long. */
  readonly state: 'current' | 'behind' | 'stale' | 'went_back';
  readonly accepted: Accepted | 'none';
  /** Why it does not take checkpoints, or `'none'`. */
  readonly detail: string;
}

/** Times, which tests shorten. */
export interface AnchorTiming {
  /** The first wait after a failure; it doubles up to the most. */
  readonly leastMs: number;
  readonly mostMs: number;
  /** How long an anchor may stand still before that is an alarm. */
  readonly staleMs: number;
}

/** What one anchor is made of. */
export interface AnchorFeedOptions {
  readonly name: string;
  readonly place: AnchorReceiver;
  /** Tells places apart: what another place accepted is not known here. */
  readonly identity: string;
  readonly memory: string;
  readonly timing: AnchorTiming;
  readonly tell: (event: AnchorEvent) => void;
}

/** Keeps one anchor at the newest checkpoint. */
export class AnchorFeed {
  readonly #parts: AnchorFeedOptions;
  readonly #ending = new AbortController();
  #remembered: Remembered = NOTHING;
  #waiting: Checkpoint | 'none' = 'none';
  #running: Promise<void> | 'none' = 'none';
  #detail = 'none';
  #advancedAt = performance.now();
  #stale = false;

  constructor(parts: AnchorFeedOptions) {
    this.#parts = parts;
  }

  /** Recalls what the anchor has. To be called before anything else. */
  async open(): Promise<void> {
    const read = await recall(this.#parts.memory, this.#parts.identity);
    if (read.kind === 'remembered') this.#remembered = read.remembered;
    else this.#parts.tell({ kind: 'memory_problem', detail: read.detail });
    const { accepted, refused } = this.#remembered;
    if (refused !== 'none' && accepted !== 'none') this.#tellWentBack(accepted.size, refused.size);
  }

  /** Takes the newest checkpoint; one that still waits is forgotten for it. */
  offer(checkpoint: Checkpoint): void {
    this.#waiting = checkpoint;
    if (this.#running === 'none') this.#begin();
  }

  #begin(): void {
    if (this.#waiting === 'none' || this.#remembered.refused !== 'none' || this.#ending.signal.aborted) return;
    this.#running = this.#catchUp().then(() => {
      this.#running = 'none';
      // One may have come after the last look.
      this.#begin();
    });
  }

  /** How many lines the newest checkpoint it has speaks of; 0 if it has none, or if it has another history. */
  get size(): number {
    const { accepted, refused } = this.#remembered;
    return accepted === 'none' || refused !== 'none' ? 0 : accepted.size;
  }

  /** Looks whether it has stood still for too long; to be called now and then. */
  look(): void {
    const ms = performance.now() - this.#advancedAt;
    if (this.#stale || ms < this.#parts.timing.staleMs) return;
    this.#stale = true;
    this.#parts.tell({ kind: 'stale', ms, detail: this.#detail });
  }

  status(): AnchorStatus {
    const { accepted, refused } = this.#remembered;
    const state = this.#stale ? 'stale' : this.#waiting === 'none' ? 'current' : 'behind';
    return {
      name: this.#parts.name,
      state: refused === 'none' ? state : 'went_back',
      accepted,
      detail: this.#detail,
    };
  }

  /** Gives what waits a last chance, for so long. */
  async close(flushMs: number): Promise<void> {
    const late = setTimeout(() => this.#ending.abort(), flushMs);
    if (this.#running !== 'none') await this.#running;
    clearTimeout(late);
    this.#ending.abort();
    this.#parts.place.close();
  }

  async #catchUp(): Promise<void> {
    const { signal } = this.#ending;
    let tries = 0;
    while (this.#waiting !== 'none' && this.#remembered.refused === 'none' && !signal.aborted) {
      const checkpoint = this.#waiting;
      if (this.#goesBack(checkpoint)) return this.#refuse(checkpoint);
      const delivery = await this.#parts.place.put(checkpoint, signal);
      if (delivery.kind === 'accepted') {
        tries = 0;
        await this.#accept(checkpoint);
      } else {
        this.#fail(delivery.detail);
        const { leastMs, mostMs } = this.#parts.timing;
        await sleep(Math.min(mostMs, leastMs * 2 ** tries), signal);
        tries = Math.min(tries + 1, 20);
      }
    }
  }

  /** An anchor is never told less than it has been, nor something else. */
  #goesBack({ size, root }: Checkpoint): boolean {
    const { accepted } = this.#remembered;
    return accepted !== 'none' && (size < accepted.size || (size === accepted.size && root !== accepted.root));
  }

  async #accept(checkpoint: Checkpoint): Promise<void> {
    const { size, root } = checkpoint;
    if (this.#waiting === checkpoint) this.#waiting = 'none';
    if (this.#detail !== 'none' || this.#stale) this.#parts.tell({ kind: 'works_again', size });
    this.#detail = 'none';
    this.#stale = false;
    this.#advancedAt = performance.now();
    await this.#keep({ accepted: { size, root, at: new Date().toISOString() }, refused: 'none' });
  }

  async #refuse({ size, root }: Checkpoint): Promise<void> {
    const { accepted } = this.#remembered;
    this.#tellWentBack(accepted === 'none' ? 0 : accepted.size, size);
    await this.#keep({ accepted, refused: { size, root, at: new Date().toISOString() } });
  }

  #tellWentBack(has: number, offered: number): void {
    this.#detail = `it has ${has} records of this journal, which now says ${offered}: replaced, restored or cut`;
    this.#parts.tell({ kind: 'went_back', has, offered, memory: this.#parts.memory });
  }

  #fail(detail: string): void {
    if (this.#detail !== detail) this.#parts.tell({ kind: 'failing', detail });
    this.#detail = detail;
  }

  async #keep(remembered: Remembered): Promise<void> {
    this.#remembered = remembered;
    try {
      await remember(this.#parts.memory, this.#parts.identity, remembered);
    } catch (error) {
      this.#parts.tell({ kind: 'memory_problem', detail: errorMessage(error) });
    }
  }
}
