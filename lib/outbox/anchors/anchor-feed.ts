import { join } from 'node:path';
import { within } from '../../system/index.js';
import { type BackoffLimits, deliver, DeliveryHealth, type DeliveryOptions, systemClock } from '../delivery/index.js';
import type { SinkRecord } from '../sinks/index.js';
import { type Accepted, type AnchorMemory, NO_MEMORY, readAnchorMemory, writeAnchorMemory } from './anchor-memory.js';
import { type AnchorReceiver, type AnchorSetting, type Checkpoint, identityOf, openAnchorTarget } from './targets.js';

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

/** What all anchors share. */
export interface AnchorOptions {
  /** The folder of the files that hold what each has accepted. */
  readonly folder: string;
  /** Waits between tries, and how long an anchor may stand still before that is an alarm. */
  readonly timing: BackoffLimits & { readonly staleMs: number };
  readonly onEvent: (anchor: string, event: AnchorEvent) => void;
}

/** Keeps one anchor at the newest checkpoint: a sink that is sent one record only. */
export class AnchorFeed {
  readonly #name: string;
  readonly #receiver: AnchorReceiver;
  readonly #identity: string;
  readonly #memoryFile: string;
  readonly #staleMs: number;
  readonly #report: (event: AnchorEvent) => void;
  readonly #stop = new AbortController();
  readonly #health: DeliveryHealth;
  readonly #delivery: DeliveryOptions;
  #memory: AnchorMemory = NO_MEMORY;
  #waiting: Checkpoint | 'none' = 'none';
  #sending: Checkpoint | 'none' = 'none';
  #running = false;
  #ended = Promise.resolve();
  #advancedAt = systemClock.mono();
  #stale = false;

  constructor(setting: AnchorSetting, { folder, timing, onEvent }: AnchorOptions) {
    this.#name = setting.name;
    this.#receiver = openAnchorTarget(setting);
    this.#identity = identityOf(setting.target);
    this.#memoryFile = join(folder, `${setting.name}.json`);
    this.#staleMs = timing.staleMs;
    this.#report = (event) => onEvent(setting.name, event);
    this.#health = new DeliveryHealth(systemClock, timing, (detail) => this.#report({ kind: 'failing', detail }));
    this.#delivery = {
      ...{ sink: this.#receiver.sink, health: this.#health, signal: this.#stop.signal },
      onRefused: () => 'retry',
      isOutdated: () => this.#waiting !== this.#sending,
    };
  }

  /** Reads what the anchor has. To be called before anything else. */
  async open(): Promise<void> {
    const read = await readAnchorMemory(this.#memoryFile, this.#identity);
    if (read.kind === 'value') this.#memory = read.value;
    else if (read.kind === 'unreadable') this.#report({ kind: 'memory_problem', detail: read.detail });
    this.#reportRollback();
  }

  /** Takes the newest checkpoint, which replaces one that still waits. */
  offer(checkpoint: Checkpoint): void {
    this.#waiting = checkpoint;
    if (!this.#running) this.#ended = this.#catchUp();
  }

  /** How many lines the newest checkpoint that it has covers; 0 if it has none, or another history. */
  get size(): number {
    return this.#memory.refused === 'none' ? sizeOf(this.#memory.accepted) : 0;
  }

  /** Checks whether it has stood still for too long; to be called now and then. */
  checkStale(): void {
    const ms = systemClock.mono() - this.#advancedAt;
    if (this.#stale || ms < this.#staleMs) return;
    this.#stale = true;
    this.#report({ kind: 'stale', ms, detail: this.#detail });
  }

  status(): AnchorStatus {
    const { accepted, refused } = this.#memory;
    const state = this.#stale ? 'stale' : this.#waiting === 'none' ? 'current' : 'behind';
    return {
      ...{ name: this.#name, accepted, detail: this.#detail },
      state: refused === 'none' ? state : 'went_back',
    };
  }

  /** Gives what waits a last chance, for so long. */
  async close(flushMs: number): Promise<void> {
    await within(this.#ended, flushMs, 'late');
    this.#stop.abort();
    await this.#ended;
    await this.#receiver.sink.close();
  }

  get #detail(): string {
    const { accepted, refused } = this.#memory;
    return refused === 'none'
      ? this.#health.detail
      : `anchor has ${sizeOf(accepted)} records of this journal, which now has ${refused.size}: replaced, restored or cut`;
  }

  async #catchUp(): Promise<void> {
    this.#running = true;
    while (this.#waiting !== 'none' && this.#memory.refused === 'none' && !this.#stop.signal.aborted) {
      const checkpoint = this.#waiting;
      this.#sending = checkpoint;
      if (this.#goesBack(checkpoint)) await this.#refuse(checkpoint);
      else if ((await deliver([this.#recordOf(checkpoint)], this.#delivery)) === 'delivered')
        await this.#accept(checkpoint);
    }
    this.#running = false;
  }

  #recordOf(checkpoint: Checkpoint): SinkRecord {
    return {
      ...{ seq: checkpoint.size, id: checkpoint.root, time: now(), kind: 'checkpoint', boot: String(process.pid) },
      ...{ text: this.#receiver.textOf(checkpoint), object: 'none' },
    };
  }

  /** INVARIANT: an anchor is never sent a smaller checkpoint than it has, nor another one of the same size. */
  #goesBack({ size, root }: Checkpoint): boolean {
    const { accepted } = this.#memory;
    return accepted !== 'none' && (size < accepted.size || (size === accepted.size && root !== accepted.root));
  }

  async #accept(checkpoint: Checkpoint): Promise<void> {
    const { size, root } = checkpoint;
    if (this.#waiting === checkpoint) this.#waiting = 'none';
    const failed = this.#health.recovered();
    if (failed || this.#stale) this.#report({ kind: 'works_again', size });
    this.#stale = false;
    this.#advancedAt = systemClock.mono();
    await this.#remember({ accepted: { size, root, at: now() }, refused: 'none' });
  }

  async #refuse({ size, root }: Checkpoint): Promise<void> {
    const remembered = this.#remember({ accepted: this.#memory.accepted, refused: { size, root, at: now() } });
    this.#reportRollback();
    await remembered;
  }

  #reportRollback(): void {
    const { accepted, refused } = this.#memory;
    if (accepted === 'none' || refused === 'none') return;
    this.#report({ kind: 'went_back', has: accepted.size, offered: refused.size, memory: this.#memoryFile });
  }

  async #remember(memory: AnchorMemory): Promise<void> {
    this.#memory = memory;
    const written = await writeAnchorMemory(this.#memoryFile, this.#identity, memory);
    if (written.kind === 'failed') this.#report({ kind: 'memory_problem', detail: written.detail });
  }
}

function sizeOf(accepted: Accepted | 'none'): number {
  return accepted === 'none' ? 0 : accepted.size;
}

function now(): string {
  return new Date().toISOString();
}
