/** Something that can be kept for later, and said goodbye to. */
export interface Kept {
  readonly end: () => Promise<void>;
}

/** Halibut keeps so many idle connections for each endpoint. */
const MOST = 5;

/**
 * Idle connections by endpoint, kept as Halibut keeps them (`Transport/ConnectionPoolAsync.cs`): the one taken is the first
 * of a .NET HashSet, whose new members fill the last place that came free. One that has been idle for too long is found
 * out, and ended, only when it is taken.
 */
export class ConnectionPool<T extends Kept> {
  readonly #idle = new Map<string, Places<{ readonly connection: T; readonly since: number }>>();
  readonly #longest: number;
  readonly #now: () => number;

  constructor(longest: number, now: () => number) {
    this.#longest = longest;
    this.#now = now;
  }

  /** A connection that was idle, or `none`. */
  async take(key: string): Promise<T | 'none'> {
    for (;;) {
      const taken = this.#places(key).takeFirst();
      if (taken === 'none') return taken;
      if (taken.since >= this.#now() - this.#longest) return taken.connection;
      await taken.connection.end();
    }
  }

  /** Keeps a connection that did its work; ends others where that makes too many. */
  async give(key: string, connection: T): Promise<void> {
    const places = this.#places(key);
    places.add({ connection, since: this.#now() });
    while (places.count > MOST) {
      const taken = places.takeFirst();
      if (taken !== 'none') await taken.connection.end();
    }
  }

  /** Ends what is kept for an endpoint, or all. */
  async clear(key: string | 'all' = 'all'): Promise<void> {
    for (const each of key === 'all' ? [...this.#idle.keys()] : [key]) {
      const places = this.#places(each);
      for (let kept = places.takeFirst(); kept !== 'none'; kept = places.takeFirst()) await kept.connection.end();
    }
  }

  idle(key: string): number {
    return this.#places(key).count;
  }

  #places(key: string): Places<{ readonly connection: T; readonly since: number }> {
    const places = this.#idle.get(key) ?? new Places();
    this.#idle.set(key, places);
    return places;
  }
}

/** The order of a .NET HashSet: enumerated by place, and the place that came free last is filled first. */
class Places<T> {
  readonly #places: (T | 'free')[] = [];
  readonly #free: number[] = [];

  get count(): number {
    return this.#places.length - this.#free.length;
  }

  add(value: T): void {
    this.#places[this.#free.pop() ?? this.#places.length] = value;
  }

  takeFirst(): T | 'none' {
    for (const [index, value] of this.#places.entries()) {
      if (value === 'free') continue;
      this.#places[index] = 'free';
      this.#free.push(index);
      return value;
    }
    return 'none';
  }
}
