/** Work under way that nobody waits for now, such as a last record on its way to the disk, so that a stop can. */
export class PendingWork {
  #count = 0;
  #waiting: (() => void)[] = [];

  /** Notes some work, which must never reject, until it is done. */
  note(work: Promise<unknown>): void {
    this.#count += 1;
    void work.then(this.#done);
  }

  /** Settles when nothing is unfinished. */
  finished(): Promise<void> {
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
