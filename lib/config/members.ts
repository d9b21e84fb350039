import { nearest } from './nearest.js';
import { inside, type Reader, type Value, type Wrong } from './values.js';

/** The members of a map being read one by one; what is wrong with any of them is kept for the end. */
export class Members {
  readonly #raw: Readonly<Record<string, unknown>>;
  readonly #known: string[] = [];
  readonly #problems: Wrong[] = [];

  constructor(raw: Readonly<Record<string, unknown>>) {
    this.#raw = raw;
  }

  /** Whether a member is there. */
  has(key: string): boolean {
    return Object.hasOwn(this.#raw, key);
  }

  /** Reads a member that may be missing. `otherwise` also stands in for one that is wrong, where the end tells. */
  get<T, F>(key: string, read: Reader<T>, otherwise: F): T | F {
    this.#known.push(key);
    if (!this.has(key)) return otherwise;
    const found = read(this.#raw[key]);
    if (found.kind === 'value') return found.value;
    this.#problems.push(...inside(key, found.problems));
    return otherwise;
  }

  /** Reads a member that must be there; `standIn` is given where it is not, and then the end tells. */
  need<T>(key: string, read: Reader<T>, standIn: T): T {
    if (!this.has(key)) this.wrong([], `lacks ${key}`);
    return this.get(key, read, standIn);
  }

  /** Adds a problem that the caller found. */
  wrong(at: Wrong['at'], detail: string): void {
    this.#problems.push({ at, detail });
  }

  /** Gives what was made of the members, unless something is wrong with one, or one is not known. */
  end<T>(made: T): Value<T> {
    const unknown = Object.keys(this.#raw).filter((key) => !this.#known.includes(key));
    const [first, ...rest] = [...unknown.map((key) => this.#unknown(key)), ...this.#problems];
    return first === undefined ? { kind: 'value', value: made } : { kind: 'wrong', problems: [first, ...rest] };
  }

  #unknown(key: string): Wrong {
    const near = nearest(key, this.#known);
    const hint = near === 'none' ? `; it may be one of ${this.#known.join(', ')}` : `; did you mean ${near}?`;
    return { at: [key], detail: `unknown key${hint}` };
  }
}
