import {
  HOLD_MS,
  readRequest,
  removeRequest,
  writeHold,
  type Disk,
  type ReleaseRequest,
  type RemovalHold,
} from '../disk/index.js';
import { CLOCK_KIND } from '../lines/index.js';

/** What happened to the clock, or to the hold on removal: the content of a line of the kind `clock`. */
export type ClockEvent =
  | {
      readonly event: 'jumped' | 'far_at_start';
      /** How far it went ahead; negative: it was set back. */
      readonly by_ms: number;
      /** The time that the monotonic clock gives; at a start, the time of the newest line. */
      readonly expected: string;
      /** For how long of the journal being open nothing is removed for its age. */
      readonly held_ms: number;
    }
  | { readonly event: 'released'; readonly by: string; readonly reason: string | null }
  | { readonly event: 'hold_ended'; readonly since: string };

/** The journal, as the watch needs it. */
export interface WatchedJournal {
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: { readonly now: () => number; readonly mono: () => number };
  /** Writes a line and a checkpoint after it; true when both are on disk. */
  readonly record: (kind: string, content: ClockEvent) => Promise<boolean>;
  /** Called with each event, before its line is on disk. It must not throw. */
  readonly onClock: (event: ClockEvent) => void;
  /** Called when nothing holds removal any more. */
  readonly onFree: () => void;
}

/** Where a watch begins: both clocks at one moment, and the hold that is in its file. */
export interface WatchStart {
  readonly agreed: { readonly now: number; readonly mono: number };
  readonly hold: RemovalHold | 'none';
}

/** One reading of the clock, and whether ages by it may remove anything. */
export interface WatchedMoment {
  readonly now: number;
  readonly ageHeld: boolean;
}

/** How far the two clocks may part within {@link SPAN_MS}: more is a jump. A slewed clock stays far below. */
export const JUMP_MS = 60_000;
const SPAN_MS = 3_600_000;
/** How often the rest of a hold is written to its file; a crash makes the hold longer by so much. */
const SAVE_MS = 600_000;
/** How many lines may wait for a full disk; a clock that jumps more often has said enough. */
const MOST_UNWRITTEN = 16;

/**
 * Holds the wall clock against the monotonic one. After a jump nothing is removed for its age until the journal has been open
 * for a day, or an administrator releases it: a wrong clock must not make old what is new.
 *
 * INVARIANT: ages are compared with the time that {@link ClockWatch.look} gives, which has checked that very reading.
 */
export class ClockWatch {
  readonly #journal: WatchedJournal;
  readonly #timer: NodeJS.Timeout;
  // Where both clocks were when they last agreed.
  #agreed: { readonly now: number; readonly mono: number };
  #hold: RemovalHold | 'none';
  #countedTo: number;
  // The hold that is in the file, and when it was written.
  #saved: { readonly since: string; readonly at: number };
  readonly #unwritten: ClockEvent[] = [];
  #work: Promise<void> | 'none' = 'none';
  #stopped = false;

  constructor(journal: WatchedJournal, { agreed, hold }: WatchStart, lookMs: number) {
    this.#journal = journal;
    this.#agreed = agreed;
    this.#hold = hold;
    this.#countedTo = agreed.mono;
    this.#saved = { since: sinceOf(hold), at: agreed.mono };
    this.#timer = setInterval(() => this.look(), lookMs).unref();
  }

  /** The hold on removal now. */
  get hold(): RemovalHold | 'none' {
    return this.#hold;
  }

  /** Reads the clock and checks it. */
  look(): WatchedMoment {
    const { clock } = this.#journal;
    const [now, mono] = [clock.now(), clock.mono()];
    this.#countDown(mono);
    const { now: from, mono: monoFrom } = this.#agreed;
    const jumpMs = Math.round(now - from - (mono - monoFrom));
    if (Math.abs(jumpMs) > JUMP_MS) {
      const since = new Date(now).toISOString();
      this.#hold = { why: 'jumped', since, byMs: jumpMs, remainingMs: HOLD_MS };
      this.#note({ event: 'jumped', by_ms: jumpMs, expected: new Date(now - jumpMs).toISOString(), held_ms: HOLD_MS });
    }
    if (Math.abs(jumpMs) > JUMP_MS || mono - monoFrom >= SPAN_MS) this.#agreed = { now, mono };
    this.#wake();
    return { now, ageHeld: this.#hold !== 'none' };
  }

  /** Looks once more, and settles when what it has to write is written, or cannot be. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.look();
    this.#stopped = true;
    if (this.#work !== 'none') await this.#work;
    if (this.#hold !== 'none') await this.#save().catch(() => undefined);
  }

  #countDown(mono: number): void {
    const passed = mono - this.#countedTo;
    this.#countedTo = mono;
    if (this.#hold === 'none') return;
    const remainingMs = this.#hold.remainingMs - passed;
    if (remainingMs > 0) this.#hold = { ...this.#hold, remainingMs };
    else this.#free({ event: 'hold_ended', since: this.#hold.since });
  }

  #free(event: ClockEvent): void {
    this.#hold = 'none';
    this.#note(event);
    this.#journal.onFree();
  }

  #note(event: ClockEvent): void {
    this.#journal.onClock(event);
    if (this.#unwritten.length < MOST_UNWRITTEN) this.#unwritten.push(event);
  }

  #wake(): void {
    if (this.#stopped || this.#work !== 'none') return;
    this.#work = this.#settle().finally(() => (this.#work = 'none'));
  }

  /** Brings the disk up to date; what fails is tried again at the next look. */
  async #settle(): Promise<void> {
    try {
      await this.#writeLines();
      if (this.#isUnsaved()) await this.#save();
      await this.#takeRequest();
    } catch {
      // A disk without room: the hold counts meanwhile, and the next look tries again.
    }
  }

  async #writeLines(): Promise<void> {
    for (let event = this.#unwritten[0]; event !== undefined; event = this.#unwritten[0]) {
      if (!(await this.#journal.record(CLOCK_KIND, event))) return;
      this.#unwritten.shift();
    }
  }

  #isUnsaved(): boolean {
    const { since, at } = this.#saved;
    if (since !== sinceOf(this.#hold)) return true;
    return this.#hold !== 'none' && this.#countedTo - at > SAVE_MS;
  }

  async #save(): Promise<void> {
    const [hold, at] = [this.#hold, this.#countedTo];
    await writeHold(this.#journal.disk, this.#journal.directory, hold);
    this.#saved = { since: sinceOf(hold), at };
  }

  /** Carries out an administrator's order, if there is one. */
  async #takeRequest(): Promise<void> {
    if (this.#hold === 'none') return;
    const { directory, disk } = this.#journal;
    const request = await readRequest(directory);
    if (request === 'none') return;
    if (request !== 'malformed' && !(await this.#release(request))) return;
    await removeRequest(disk, directory);
  }

  /** Releases the hold that an order is about. False: that could not be recorded, so it holds on. */
  async #release({ since, by, reason }: ReleaseRequest): Promise<boolean> {
    if (since !== sinceOf(this.#hold)) return true;
    const event: ClockEvent = releaseOf(by, reason);
    if (!(await this.#journal.record(CLOCK_KIND, event))) return false;
    // The clock may have jumped again while that was written: then the new hold stays.
    if (since !== sinceOf(this.#hold)) return true;
    this.#hold = 'none';
    await this.#save();
    this.#journal.onClock(event);
    this.#journal.onFree();
    return true;
  }
}

/** The event of a hold that an administrator releases. */
export function releaseOf(by: string, reason: string): Extract<ClockEvent, { readonly event: 'released' }> {
  return { event: 'released', by, reason: reason === '' ? null : reason };
}

function sinceOf(hold: RemovalHold | 'none'): string {
  return hold === 'none' ? 'none' : hold.since;
}
