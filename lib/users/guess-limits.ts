/** A guess that counts from its beginning. `giveBack` takes it out of the count: it was right, or could not be checked. */
export interface BegunGuess {
  readonly kind: 'begun';
  readonly giveBack: () => void;
}

/** `limited`: too many wrong guesses were begun; `full`: no room to count another one. */
type GuessBeginning = BegunGuess | { readonly kind: 'limited' | 'full' };

interface Window {
  readonly since: number;
  count: number;
}

const WINDOW_MS = 60_000;
/** Far more than can be checked in a window, so that real guesses never fill it. */
const MOST_WINDOWS = 10_000;
/** Guesses a minute for one user from one address. */
const MOST_FOR_USER = 10;
/** From one address. An Octopus Server has one, and many proxy records: a wrong password in one must not lock out others. */
const MOST_FOR_ADDRESS = 100;

/**
 * Counts guesses by client address, and by address and user, over the last minute or so. Only guesses that begin take room,
 * so invented names cannot make it forget; it never forgets a window of the last minute.
 */
export class GuessLimits {
  readonly #byAddress: Windows;
  readonly #byUser: Windows;

  /** `now` is in milliseconds. */
  constructor(now: () => number) {
    this.#byAddress = new Windows(now);
    this.#byUser = new Windows(now);
  }

  /** Begins a guess, or says why it must not be checked. */
  begin(from: string, name: string): GuessBeginning {
    const pair = `${from} ${name}`;
    if (this.#byUser.recent(pair) >= MOST_FOR_USER) return { kind: 'limited' };
    if (this.#byAddress.recent(from) >= MOST_FOR_ADDRESS) return { kind: 'limited' };
    if (!this.#byUser.hasRoomFor(pair) || !this.#byAddress.hasRoomFor(from)) return { kind: 'full' };
    const counts = [this.#byUser.add(pair), this.#byAddress.add(from)];
    return { kind: 'begun', giveBack: () => counts.forEach((remove) => remove()) };
  }
}

/** Counts of the last minute by key, oldest window first. */
class Windows {
  readonly #windows = new Map<string, Window>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  recent(key: string): number {
    const window = this.#windows.get(key);
    return window === undefined || this.#isOver(window) ? 0 : window.count;
  }

  hasRoomFor(key: string): boolean {
    for (const [oldest, window] of this.#windows) {
      if (!this.#isOver(window)) break;
      this.#windows.delete(oldest);
    }
    return this.#windows.has(key) || this.#windows.size < MOST_WINDOWS;
  }

  /** Adds one. Gives the function that takes it out again. */
  add(key: string): () => void {
    const window = this.#windows.get(key) ?? { since: this.#now(), count: 0 };
    window.count += 1;
    this.#windows.set(key, window);
    return () => {
      window.count -= 1;
      if (window.count === 0 && this.#windows.get(key) === window) this.#windows.delete(key);
    };
  }

  #isOver({ since }: Window): boolean {
    return this.#now() - since >= WINDOW_MS;
  }
}
