/** Work in the background, such as a last record on its way to the disk, that a stop waits for. */
export class PendingWork {
  #count = 0;
  #waiting: (() => void)[] = [];

  /** Counts some work, which must never reject, until it is done. */
  track(work: Promise<unknown>): void {
    this.#count += 1;
    void work.then(this.#done);
  }

  /** Settles when no work is pending. */
  settled(): Promise<void> {
    return this.#count === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  readonly #done = (): void => {
    this.#count -= 1;
    if (this.#count > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  };
}
