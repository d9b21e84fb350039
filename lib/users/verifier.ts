import { createHmac, randomBytes } from 'node:crypto';
import { checkPassword } from './credentials.js';
import { countFailures, dropOldest } from './failures.js';
import { type PasswordHash, unmatchableHash } from './password-hash.js';

/** `rate_limited`: nothing was checked, because there were too many wrong passwords, or too many checks are waiting. */
export type Verification = 'verified' | 'rejected' | 'rate_limited';

/** Checks passwords against one list of users at a time. */
export interface Verifier {
  readonly verify: (name: string, password: string, from: string) => Promise<Verification>;
  readonly hashUserName: (name: string) => string;
  /** Takes another list into force. What was verified against the former one is forgotten. */
  readonly use: (users: ReadonlyMap<string, PasswordHash>) => void;
}

const cacheMs = 5 * 60_000;
const maxCached = 10_000;
// Two checks at once leave half of the thread pool to the journal and the disk. More waiters than these would wait for seconds.
const maxAtOnce = 2;
const maxUnderWay = 64;
/** Wrong passwords a minute for one user from one address, after which nothing is worked out for the pair. */
const maxForUser = 10;
/** The same, after which not even an earlier success counts, so that the cache cannot be used to guess. */
const maxForCachedUser = 100;
/**
 * Wrong passwords a minute from one address. It is higher than for one user, because an Octopus Server has many proxy
 * records and one address: a wrong password in one of them must not lock out the others.
 */
const maxForAddress = 100;

/** Compares a password with a hash; `passwordMatches`, unless a test counts instead of waiting. */
export type Comparison = (password: string, hash: PasswordHash) => Promise<boolean>;

/** Makes a verifier with a random key of its own, which never leaves it. `now` is in milliseconds. */
export function createVerifier(now: () => number, matches: Comparison): Verifier {
  const key = randomBytes(32);
  const nobody = unmatchableHash();
  const failures = countFailures(now);
  const verified = rememberGuesses(now);
  const underWay = new Map<string, Promise<boolean>>();
  const inTurn = createQueue(maxAtOnce);
  let users: ReadonlyMap<string, PasswordHash> = new Map();
  let generation = 0;

  const keyed = (...parts: readonly string[]): string =>
    createHmac('sha256', key).update(parts.join('\0')).digest('base64url');

  const workOut = async ({ guess, name, password, from }: Guess): Promise<boolean> => {
    const judgedBy = users.get(name);
    const found = await inTurn(() => matches(password, judgedBy ?? nobody));
    // HMAC, and so scrypt, takes `x` and `x` with a NUL behind it for the same: what cannot be a password never is one.
    const right = found && checkPassword(password).kind !== 'unusable';
    // The list may have changed meanwhile: a user taken out in that time is not let in.
    if (right && judgedBy !== undefined && users.get(name)?.digest.equals(judgedBy.digest) === true) {
      verified.add(guess);
      return true;
    }
    failures.add(pairOf(from, name));
    failures.add(from);
    return false;
  };

  /** Works a guess out once, however many connections bring the same one at the same time. */
  const shared = (asked: Guess): Promise<boolean> => {
    const running = underWay.get(asked.guess);
    if (running !== undefined) return running;
    const started = workOut(asked).finally(() => underWay.delete(asked.guess));
    underWay.set(asked.guess, started);
    return started;
  };

  const verify = async (name: string, password: string, from: string): Promise<Verification> => {
    const guess = keyed('guess', String(generation), name, password);
    const pair = pairOf(from, name);
    const tries = failures.recent(pair);
    if (tries < maxForCachedUser && verified.has(guess)) return 'verified';
    const full = underWay.size >= maxUnderWay && !underWay.has(guess);
    if (tries >= maxForUser || failures.recent(from) >= maxForAddress || full) {
      failures.add(pair);
      return 'rate_limited';
    }
    return (await shared({ guess, name, password, from })) ? 'verified' : 'rejected';
  };

  const use = (list: ReadonlyMap<string, PasswordHash>): void => {
    users = list;
    // The generation is part of every guess's key, so nothing verified against the former list counts from here on.
    generation += 1;
    verified.forget();
  };

  return { verify, use, hashUserName: (name) => keyed('name', name).slice(0, 16) };
}

interface Guess {
  /** The keyed hash under which the guess is remembered. */
  readonly guess: string;
  readonly name: string;
  readonly password: string;
  readonly from: string;
}

/** Remembers, for a while, guesses that were right. Holds a bounded number of them. */
function rememberGuesses(now: () => number) {
  const until = new Map<string, number>();
  return {
    has: (guess: string): boolean => {
      if ((until.get(guess) ?? 0) > now()) return true;
      until.delete(guess);
      return false;
    },
    add: (guess: string): void => {
      dropOldest(until, maxCached - 1);
      until.set(guess, now() + cacheMs);
    },
    forget: (): void => {
      until.clear();
    },
  };
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
