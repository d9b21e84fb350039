import { within } from '../../system/index.js';
import { Backoff, type BackoffLimits, type Clock, DeliveryHealth, DeliveryLoop } from '../delivery/index.js';
import type { SinkRecord } from '../sinks/index.js';
import { type Accepted, type AnchorMemory, NO_MEMORY, readAnchorMemory, writeAnchorMemory } from './anchor-memory.js';
import type { Checkpoint } from './checkpoint.js';
import type { AnchorReceiver } from './targets.js';

/** Something about an anchor that an operator should know. */
export type AnchorEvent =
  /** It does not take checkpoints now; tried again. Reported when this begins, and when the reason changes. */
  | { readonly kind: 'failing'; readonly detail: string }
  | { readonly kind: 'works_again'; readonly size: number }
  /** It has not advanced for too long. Reported once, until it advances. */
  | { readonly kind: 'stale'; readonly ms: number; readonly detail: string }
  /** A checkpoint is older than what it has, or another one of the same size: the journal was replaced or cut. */
  | { readonly kind: 'went_back'; readonly has: number; readonly offered: number; readonly memory: string }
  /** The file of what it has accepted cannot be read or written. */
  | { readonly kind: 'memory_problem'; readonly detail: string };

/** The state of one anchor. */
export interface AnchorStatus {
  readonly name: string;
  /** `current`: it has the newest checkpoint. `behind`: that is being sent. `stale`: it has not advanced for too long. */
  readonly state: 'current' | 'behind' | 'stale' | 'went_back';
  readonly accepted: Accepted | 'none';
  /** Why it does not take checkpoints, or `'none'`. */
  readonly detail: string;
}

/** Times, which tests shorten. */
export interface AnchorTiming extends BackoffLimits {
  /** How long an anchor may stand still before that is an alarm. */
  readonly staleMs: number;
}

/** What one anchor is made of. */
export interface AnchorFeedOptions {
  readonly name: string;
  readonly receiver: AnchorReceiver;
  /** Identifies the target: what another one accepted is not known here. */
  readonly identity: string;
  readonly memoryFile: string;
  readonly timing: AnchorTiming;
  readonly clock: Clock;
  readonly onEvent: (event: AnchorEvent) => void;
}

/** Keeps one anchor at the newest checkpoint: a sink that is sent one record only. */
export class AnchorFeed {
  readonly #options: AnchorFeedOptions;
  readonly #stop = new AbortController();
  readonly #health: DeliveryHealth;
  readonly #loop: DeliveryLoop;
  #memory: AnchorMemory = NO_MEMORY;
  #waiting: Checkpoint | 'none' = 'none';
  #sending: Checkpoint | 'none' = 'none';
  #running: Promise<void> | 'none' = 'none';
  #advancedAt: number;
  #stale = false;

  constructor(options: AnchorFeedOptions) {
    const { receiver, timing, clock, onEvent } = options;
    this.#options = options;
    this.#advancedAt = clock.mono();
    this.#health = new DeliveryHealth(clock, (detail) => onEvent({ kind: 'failing', detail }));
    this.#loop = new DeliveryLoop({
      ...{ sink: receiver.sink, health: this.#health, signal: this.#stop.signal },
      backoff: new Backoff(timing, clock),
      onRefused: () => 'retry',
      isOutdated: () => this.#waiting !== this.#sending,
    });
  }

  /** Reads what the anchor has. To be called before anything else. */
  async open(): Promise<void> {
    const { memoryFile, identity, onEvent } = this.#options;
    const read = await readAnchorMemory(memoryFile, identity);
    if (read.kind === 'value') this.#memory = read.value;
    else if (read.kind === 'unreadable') onEvent({ kind: 'memory_problem', detail: read.detail });
    if (this.#memory.refused !== 'none') this.#reportRollback();
  }

  /** Takes the newest checkpoint, which replaces one that still waits. */
  offer(checkpoint: Checkpoint): void {
    this.#waiting = checkpoint;
    if (this.#running === 'none') this.#start();
  }

  /** How many lines the newest checkpoint that it has covers; 0 if it has none, or another history. */
  get size(): number {
    const { accepted, refused } = this.#memory;
    return accepted === 'none' || refused !== 'none' ? 0 : accepted.size;
  }

  /** Checks whether it has stood still for too long; to be called now and then. */
  checkStale(): void {
    const ms = this.#options.clock.mono() - this.#advancedAt;
    if (this.#stale || ms < this.#options.timing.staleMs) return;
    this.#stale = true;
    this.#options.onEvent({ kind: 'stale', ms, detail: this.#detail });
  }

  status(): AnchorStatus {
    const { accepted, refused } = this.#memory;
    const state = this.#stale ? 'stale' : this.#waiting === 'none' ? 'current' : 'behind';
    return {
      ...{ name: this.#options.name, accepted, detail: this.#detail },
      state: refused === 'none' ? state : 'went_back',
    };
  }

  /** Gives what waits a last chance, for so long. */
  async close(flushMs: number): Promise<void> {
    if (this.#running !== 'none') await within(this.#running, flushMs, 'late');
    this.#stop.abort();
    if (this.#running !== 'none') await this.#running;
    await this.#options.receiver.sink.close();
  }

  get #detail(): string {
    const { accepted, refused } = this.#memory;
    if (refused === 'none') return this.#health.detail;
    const has = accepted === 'none' ? 0 : accepted.size;
    return `anchor has ${has} records of this journal, which now has ${refused.size}: replaced, restored or cut`;
  }

  #start(): void {
    if (this.#waiting === 'none' || this.#memory.refused !== 'none' || this.#stop.signal.aborted) return;
    this.#running = this.#catchUp().then(() => {
      this.#running = 'none';
      // One may have been offered since the last look.
      this.#start();
    });
  }

  async #catchUp(): Promise<void> {
    while (this.#waiting !== 'none' && this.#memory.refused === 'none' && !this.#stop.signal.aborted) {
      const checkpoint = this.#waiting;
      if (this.#goesBack(checkpoint)) return this.#refuse(checkpoint);
      this.#sending = checkpoint;
      if ((await this.#loop.deliver([this.#recordOf(checkpoint)])) === 'delivered') await this.#accept(checkpoint);
    }
  }

  #recordOf(checkpoint: Checkpoint): SinkRecord {
    const time = new Date(this.#options.clock.now()).toISOString();
    return {
      ...{ seq: checkpoint.size, id: checkpoint.root, time, kind: 'checkpoint', boot: String(process.pid) },
      ...{ text: this.#options.receiver.textOf(checkpoint), object: 'none' },
    };
  }

  /** INVARIANT: an anchor is never sent a smaller checkpoint than it has, nor another one of the same size. */
  #goesBack({ size, root }: Checkpoint): boolean {
    const { accepted } = this.#memory;
    return accepted !== 'none' && (size < accepted.size || (size === accepted.size && root !== accepted.root));
  }

  async #accept(checkpoint: Checkpoint): Promise<void> {
    if (this.#waiting === checkpoint) this.#waiting = 'none';
    const failed = this.#health.recovered();
    if (failed || this.#stale) this.#options.onEvent({ kind: 'works_again', size: checkpoint.size });
    this.#stale = false;
    this.#advancedAt = this.#options.clock.mono();
    await this.#remember({ accepted: this.#acceptedNow(checkpoint), refused: 'none' });
  }

  async #refuse(checkpoint: Checkpoint): Promise<void> {
    const remembered = this.#remember({ accepted: this.#memory.accepted, refused: this.#acceptedNow(checkpoint) });
    this.#reportRollback();
    await remembered;
  }

  #acceptedNow({ size, root }: Checkpoint): Accepted {
    return { size, root, at: new Date(this.#options.clock.now()).toISOString() };
  }

  #reportRollback(): void {
    const { accepted, refused } = this.#memory;
    if (accepted === 'none' || refused === 'none') return;
    const { onEvent, memoryFile: memory } = this.#options;
    onEvent({ kind: 'went_back', has: accepted.size, offered: refused.size, memory });
  }

  async #remember(memory: AnchorMemory): Promise<void> {
    this.#memory = memory;
    const written = await writeAnchorMemory(this.#options.memoryFile, this.#options.identity, memory);
    if (written.kind === 'failed') this.#options.onEvent({ kind: 'memory_problem', detail: written.detail });
  }
}
