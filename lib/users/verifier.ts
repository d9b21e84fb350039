import { createHmac, randomBytes } from 'node:crypto';
import { setBounded } from '../system/values/index.js';
import { checkPassword, checkUserName } from './credentials.js';
import { FairQueue } from './fair-queue.js';
import { type BegunGuess, GuessLimits } from './guess-limits.js';
import { type PasswordHash, unmatchableHash } from './password-hash.js';

/**
 * `rate_limited`: not checked, because there were too many wrong passwords. `busy`: not checked, because too many checks are
 * waiting; it says nothing about the password.
 */
export type PasswordCheck = 'verified' | 'rejected' | 'rate_limited' | 'busy';

/** How many checks had which outcome since the start; `remembered` successes cost no check. */
export type LogInCounts = Readonly<Record<PasswordCheck | 'remembered', number>>;

const REMEMBER_MS = 5 * 60_000;
const MOST_REMEMBERED = 10_000;
/**
 * The limits of password checks. Two at once leave most of the thread pool to the journal. An address may have as many waiting as an Octopus Server
 * has users; the one that waits longest still has an answer before Halibut gives up.
 */
export const CHECK_QUEUE = { atOnce: 2, perSource: 64, total: 1_024, waitMs: 5_000 };

/** Compares a password with a hash; `passwordMatches`, unless a test counts instead of waiting. */
export type Comparison = (password: string, hash: PasswordHash) => Promise<boolean>;

/** Checks passwords against one list of users at a time. Its random key never leaves it. */
export class Verifier {
  readonly #key = randomBytes(32);
  readonly #noUser = unmatchableHash();
  readonly #now: () => number;
  readonly #matches: Comparison;
  readonly #queue: FairQueue;
  readonly #limits: GuessLimits;
  readonly #remembered = new Map<string, number>();
  readonly #underWay = new Map<string, Promise<PasswordCheck>>();
  readonly #counts = { verified: 0, remembered: 0, rejected: 0, rate_limited: 0, busy: 0 };
  #users: ReadonlyMap<string, PasswordHash> = new Map();

  /** `now` is in milliseconds. */
  constructor(now: () => number, matches: Comparison, queue = CHECK_QUEUE) {
    this.#now = now;
    this.#matches = matches;
    this.#queue = new FairQueue(queue);
    this.#limits = new GuessLimits(now);
  }

  /** Takes another list into force. What is remembered of a user counts as long as the user has the same hash. */
  use(users: ReadonlyMap<string, PasswordHash>): void {
    this.#users = users;
  }

  /** 16 characters that stand for an unverified name, the same for the same name. */
  hashUserName(name: string): string {
    return this.#keyed('name', name).slice(0, 16);
  }

  /** The outcomes so far, and how many checks wait. */
  status(): { readonly counts: LogInCounts; readonly waiting: number } {
    return { counts: { ...this.#counts }, waiting: this.#queue.waiting };
  }

  /** Checks a password sent from `from`: a client's address, or the block of addresses it has. */
  async verify(name: string, password: string, from: string): Promise<PasswordCheck> {
    const digest = this.#users.get(name)?.digest.toString('base64') ?? 'no user';
    // INVARIANT: what is remembered is so for one address, so that no other address can guess at the speed of the memory.
    const key = this.#keyed('guess', from, digest, name, password);
    if (this.#isRemembered(key)) {
      this.#counts.remembered += 1;
      return 'verified';
    }
    const outcome = await this.#checkOnce(key, name, password, from);
    this.#counts[outcome] += 1;
    return outcome;
  }

  /** A guess is checked once, however many connections of an address bring the same one at the same time. */
  #checkOnce(key: string, name: string, password: string, from: string): Promise<PasswordCheck> {
    // HMAC, and so scrypt, takes `x` and `x` with a NUL after it for the same: a text that breaks the rules is wrong.
    const impossible = [checkUserName(name), checkPassword(password)].some(({ kind }) => kind === 'unusable');
    if (impossible) return Promise.resolve('rejected');
    const running = this.#underWay.get(key);
    if (running !== undefined) return running;
    const begun = this.#limits.begin(from, name);
    if (begun.kind !== 'begun') return Promise.resolve(begun.kind === 'full' ? 'busy' : 'rate_limited');
    const result = this.#check({ key, name, password, from }, begun).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, result);
    return result;
  }

  async #check({ key, name, password, from }: Guess, { giveBack }: BegunGuess): Promise<PasswordCheck> {
    const judgedBy = this.#users.get(name);
    const checking = this.#queue.run(from, () => this.#matches(password, judgedBy ?? this.#noUser));
    const found = await checking.catch((error: unknown) => {
      giveBack();
      throw error;
    });
    if (found === 'busy') {
      giveBack();
      return 'busy';
    }
    // The list may have changed meanwhile: a user taken out in that time is not let in.
    if (!found || judgedBy === undefined || this.#users.get(name)?.digest.equals(judgedBy.digest) !== true)
      return 'rejected';
    giveBack();
    this.#remember(key);
    return 'verified';
  }

  #isRemembered(key: string): boolean {
    const until = this.#remembered.get(key);
    if (until === undefined) return false;
    if (until > this.#now()) {
      this.#remember(key);
      return true;
    }
    this.#remembered.delete(key);
    return false;
  }

  /** Remembers a success, or goes on remembering it; the one that was used longest ago is forgotten first. */
  #remember(key: string): void {
    setBounded(this.#remembered, key, this.#now() + REMEMBER_MS, MOST_REMEMBERED);
  }

  #keyed(...parts: readonly string[]): string {
    return createHmac('sha256', this.#key).update(parts.join('\0')).digest('base64url');
  }
}

interface Guess {
  readonly key: string;
  readonly name: string;
  readonly password: string;
  readonly from: string;
}
