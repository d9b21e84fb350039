/** The limits of a {@link FairQueue}. */
export interface QueueLimits {
  /** How many tasks run at once. */
  readonly atOnce: number;
  /** How many tasks of one source wait. */
  readonly perSource: number;
  /** How many tasks wait in all. */
  readonly total: number;
  /** How long a task waits, in milliseconds. */
  readonly waitMs: number;
}

interface Waiter {
  readonly settle: (turn: 'turn' | 'busy') => void;
}

/**
 * Runs a few tasks at a time and lets each source have its turn: a source with many waiting tasks delays itself, not
 * others. When it is full, a newcomer takes the place of the newest task of the source that has most.
 */
export class FairQueue {
  readonly #limits: QueueLimits;
  /** The waiting tasks of each source, in the order in which sources have their turn. */
  readonly #lanes = new Map<string, Waiter[]>();
  #waiting = 0;
  #running = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** How many tasks wait for their turn. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Runs a task of a source in its turn. `'busy'`: too many wait, or it waited too long, and the task did not run. */
  async run<T>(source: string, task: () => Promise<T>): Promise<T | 'busy'> {
    if (this.#running < this.#limits.atOnce) this.#running += 1;
    else if ((await this.#wait(source)) === 'busy') return 'busy';
    try {
      return await task();
    } finally {
      this.#passOn();
    }
  }

  #wait(source: string): Promise<'turn' | 'busy'> {
    const own = this.#lanes.get(source)?.length ?? 0;
    if (own >= this.#limits.perSource) return Promise.resolve('busy');
    if (this.#waiting >= this.#limits.total && !this.#makeRoom(own)) return Promise.resolve('busy');
    return new Promise((resolve) => {
      const settle = (turn: 'turn' | 'busy'): void => {
        clearTimeout(timer);
        this.#waiting -= 1;
        resolve(turn);
      };
      const waiter = { settle };
      const timer = setTimeout(() => {
        this.#leave(source, waiter);
        settle('busy');
      }, this.#limits.waitMs);
      const lane = this.#lanes.get(source) ?? [];
      lane.push(waiter);
      this.#lanes.set(source, lane);
      this.#waiting += 1;
    });
  }

  /** Ends the newest task of the source that has most, if that has more than one with `own` tasks would have. */
  #makeRoom(own: number): boolean {
    let most: readonly [string, Waiter[]] | 'none' = 'none';
    for (const lane of this.#lanes) if (most === 'none' || lane[1].length > most[1].length) most = lane;
    if (most === 'none' || most[1].length <= own + 1) return false;
    most[1].pop()?.settle('busy');
    return true;
  }

  /** Hands the place of a task that has ended to the source whose turn it is, or gives it back if none waits. */
  #passOn(): void {
    const [next] = this.#lanes;
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    const [source, lane] = next;
    const waiter = lane.shift();
    this.#lanes.delete(source);
    if (lane.length > 0) this.#lanes.set(source, lane);
    waiter?.settle('turn');
  }

  #leave(source: string, waiter: Waiter): void {
    const lane = this.#lanes.get(source) ?? [];
    const place = lane.indexOf(waiter);
    if (place >= 0) lane.splice(place, 1);
    if (lane.length === 0) this.#lanes.delete(source);
  }
}
