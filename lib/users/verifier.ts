import { createHmac, randomBytes } from 'node:crypto';
import { setBounded } from '../system/values/index.js';
import { checkPassword } from './credentials.js';
import { countFailures, type Failures } from './failures.js';
import { type PasswordHash, unmatchableHash } from './password-hash.js';

/** `rate_limited`: nothing was checked, because there were too many wrong passwords, or too many checks are waiting. */
export type PasswordCheck = 'verified' | 'rejected' | 'rate_limited';

const CACHE_MS = 5 * 60_000;
const MAX_CACHED = 10_000;
// Two checks at once leave most of the thread pool to the journal. More waiters than these would wait for seconds.
const MAX_AT_ONCE = 2;
const MAX_UNDER_WAY = 64;
/** Wrong passwords a minute for one user from one address, after which nothing is worked out for the pair. */
const MAX_FOR_USER = 10;
/** The same, after which not even an earlier success counts, so that the cache cannot be used to guess. */
const MAX_FOR_CACHED_USER = 100;
/** From one address. An Octopus Server has one, and many proxy records: a wrong password in one must not lock out others. */
const MAX_FOR_ADDRESS = 100;

/** Compares a password with a hash; `passwordMatches`, unless a test counts instead of waiting. */
export type Comparison = (password: string, hash: PasswordHash) => Promise<boolean>;

/** Checks passwords against one list of users at a time. Its random key never leaves it. */
export class Verifier {
  readonly #key = randomBytes(32);
  readonly #noUser = unmatchableHash();
  readonly #now: () => number;
  readonly #matches: Comparison;
  readonly #inTurn = createQueue(MAX_AT_ONCE);
  readonly #failures: Failures;
  readonly #verified = new Map<string, number>();
  readonly #underWay = new Map<string, Promise<boolean>>();
  #users: ReadonlyMap<string, PasswordHash> = new Map();
  #generation = 0;

  /** `now` is in milliseconds. */
  constructor(now: () => number, matches: Comparison) {
    this.#now = now;
    this.#matches = matches;
    this.#failures = countFailures(now);
  }

  /** Takes another list into force. What was verified against the former one is forgotten. */
  use(users: ReadonlyMap<string, PasswordHash>): void {
    this.#users = users;
    // The generation is part of every guess's key, so nothing verified against the former list counts from here on.
    this.#generation += 1;
    this.#verified.clear();
  }

  /** 16 characters that stand for an unverified name, the same for the same name. */
  hashUserName(name: string): string {
    return this.#keyed('name', name).slice(0, 16);
  }

  /** Checks a password sent from the address `from`. */
  async verify(name: string, password: string, from: string): Promise<PasswordCheck> {
    const key = this.#keyed('guess', String(this.#generation), name, password);
    const pair = pairOf(from, name);
    const tries = this.#failures.recent(pair);
    if (tries < MAX_FOR_CACHED_USER && this.#isCached(key)) return 'verified';
    const running = this.#underWay.get(key);
    const full = running === undefined && this.#underWay.size >= MAX_UNDER_WAY;
    if (tries >= MAX_FOR_USER || this.#failures.recent(from) >= MAX_FOR_ADDRESS || full) {
      this.#failures.add(pair);
      return 'rate_limited';
    }
    // A guess is worked out once, however many connections bring the same one at the same time.
    const result = running ?? this.#workOut(key, name, password, from).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, result);
    return (await result) ? 'verified' : 'rejected';
  }

  async #workOut(key: string, name: string, password: string, from: string): Promise<boolean> {
    const judgedBy = this.#users.get(name);
    const found = await this.#inTurn(() => this.#matches(password, judgedBy ?? this.#noUser));
    // HMAC, and so scrypt, takes `x` and `x` with a NUL after it for the same: a text that breaks the rules of passwords is wrong.
    const right = found && checkPassword(password).kind !== 'unusable';
    // The list may have changed meanwhile: a user taken out in that time is not let in.
    if (right && judgedBy !== undefined && this.#users.get(name)?.digest.equals(judgedBy.digest) === true) {
      setBounded(this.#verified, key, this.#now() + CACHE_MS, MAX_CACHED);
      return true;
    }
    this.#failures.add(pairOf(from, name));
    this.#failures.add(from);
    return false;
  }

  #isCached(key: string): boolean {
    const until = this.#verified.get(key);
    if (until !== undefined && until > this.#now()) return true;
    this.#verified.delete(key);
    return false;
  }

  #keyed(...parts: readonly string[]): string {
    return createHmac('sha256', this.#key).update(parts.join('\0')).digest('base64url');
  }
}

/** One user from one address. The name is cut, since it is whatever a client sent, and kept for a minute. */
function pairOf(from: string, name: string): string {
  return `${from} ${name.slice(0, 64)}`;
}

/** Makes a gate that lets `atOnce` tasks run at a time, in the order they came. */
function createQueue(atOnce: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      // A place is handed to the next in line, or given back if there is none.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
