import { notWritten, type NotWritten, type ReserveShare } from './entry.js';

type State =
  | { readonly kind: 'writable' }
  | { readonly kind: 'full'; readonly answer: NotWritten; readonly retryAt: number }
  | { readonly kind: 'failed'; readonly answer: NotWritten };

/** Whether a journal's disk is writable, full or, for good, failed. Times come from the caller's clock. */
export class DiskState {
  #state: State = { kind: 'writable' };
  #onReserve = false;
  readonly #sharedBytes: number;
  // What is left of the shared part while the reserve is used.
  #sharedLeft: number;

  /** `sharedBytes`: how much of the reserve all entries together get that may use a part of it. */
  constructor(sharedBytes: number) {
    this.#sharedBytes = sharedBytes;
    this.#sharedLeft = sharedBytes;
  }

  get kind(): State['kind'] {
    return this.#state.kind;
  }

  /** Why the disk is not writable; empty if it is. */
  get detail(): string {
    return this.#state.kind === 'writable' ? '' : this.#state.answer.detail;
  }

  /** Whether the disk is full, and its free space came from the reserve. */
  get onReserve(): boolean {
    return this.#onReserve;
  }

  /** The answer with which an entry must be refused now, or `'none'`. */
  refusal(share: ReserveShare, now: number): NotWritten | 'none' {
    if (this.#state.kind === 'writable') return 'none';
    if (this.#state.kind === 'failed') return this.#state.answer;
    const entitled = share === 'all' || (share === 'part' && this.#sharedLeft > 0);
    const mayTry = now >= this.#state.retryAt && (entitled || !this.#onReserve);
    return mayTry ? 'none' : this.#state.answer;
  }

  /** Notes the bytes of a line that is to be written; while the reserve is used, shared ones are limited. */
  spend(share: ReserveShare, bytes: number): void {
    if (this.#onReserve && share === 'part') this.#sharedLeft -= bytes;
  }

  /** Notes that the disk failed, and gives the answer for all entries; `'had_failed'` if it had failed before. */
  fail(detail: string): NotWritten | 'had_failed' {
    if (this.#state.kind === 'failed') return 'had_failed';
    const answer = notWritten('failed', detail);
    this.#state = { kind: 'failed', answer };
    return answer;
  }

  /** Notes that the disk is full until it may be tried again, and gives the answer for waiting entries. */
  fill(detail: string, retryAt: number): NotWritten {
    const answer = notWritten('full', detail);
    this.#state = { kind: 'full', answer, retryAt };
    return answer;
  }

  /** Notes that the reserve was given up. */
  useReserve(): 'now' | 'before' {
    const before = this.#onReserve;
    this.#onReserve = true;
    if (!before) this.#sharedLeft = this.#sharedBytes;
    return before ? 'before' : 'now';
  }

  /** Notes that a batch is on disk: the disk is writable again, unless the room came from the reserve. */
  written(): void {
    if (!this.#onReserve && this.#state.kind === 'full') this.#state = { kind: 'writable' };
  }

  /** Notes that the reserve has been made again. */
  reserveRestored(): void {
    this.#onReserve = false;
    this.written();
  }
}
