import { full, type NotWritten } from './types.js';

type State =
  | { readonly kind: 'none' }
  | { readonly kind: 'full'; readonly answer: NotWritten; readonly retryAt: number }
  | { readonly kind: 'failed'; readonly answer: NotWritten };

/** What keeps a journal from writing: nothing, a full disk, or, for good, a failed one. Moments are given by a clock of the caller. */
export class DiskState {
  #state: State = { kind: 'none' };
  #onReserve = false;

  get kind(): State['kind'] {
    return this.#state.kind;
  }

  /** Why, in words; empty where nothing is wrong. */
  get detail(): string {
    return this.#state.kind === 'none' ? '' : this.#state.answer.detail;
  }

  /** Whether the disk is full, and what is free came from the reserve. */
  get onReserve(): boolean {
    return this.#onReserve;
  }

  /** Tells whether an entry must be turned away now, and with what answer. */
  refusal(urgent: boolean, now: number): NotWritten | 'none' {
    if (this.#state.kind === 'none') return 'none';
    if (this.#state.kind === 'failed') return this.#state.answer;
    const mayTry = now >= this.#state.retryAt && (urgent || !this.#onReserve);
    return mayTry ? 'none' : this.#state.answer;
  }

  /** Notes a failure, and gives the answer for all; `'known'` if it had failed before. */
  failed(detail: string): NotWritten | 'known' {
    if (this.#state.kind === 'failed') return 'known';
    const answer: NotWritten = { kind: 'not_written', reason: 'failed', detail };
    this.#state = { kind: 'failed', answer };
    return answer;
  }

  /** Notes that the disk is full and when it may be tried again, and gives the answer for those who wait. */
  filled(detail: string, retryAt: number): NotWritten {
    const answer = full(detail);
    this.#state = { kind: 'full', answer, retryAt };
    return answer;
  }

  /** Notes that the reserve was given up. True: just now. */
  onReserveFromNow(): boolean {
    const before = this.#onReserve;
    this.#onReserve = true;
    return !before;
  }

  /** Notes that a batch is on disk: nothing is wrong, unless the room was the reserve's. */
  written(): void {
    if (!this.#onReserve && this.#state.kind === 'full') this.#state = { kind: 'none' };
  }

  /** Notes that the reserve has been made anew. */
  reserveKept(): void {
    this.#onReserve = false;
    this.written();
  }
}
