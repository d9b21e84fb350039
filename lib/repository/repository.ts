import { setTimeout as pause } from 'node:timers/promises';
import { dayOf } from '../system/values/index.js';
import type { PolicySet, PolicySummary, Problem } from '../policy/index.js';
import { fingerprintOf, readFolder } from './folder.js';
import { loadInThread, type Received } from './handover.js';
import type { NotLoaded } from './loading.js';

/** Where policies are, how often to look, and whom to tell of changes. */
export interface RepositoryOptions {
  readonly folder: string;
  /** Milliseconds between looks at the folder; 500 unless said. */
  readonly pollMs?: number;
  readonly now?: () => Date;
  /** Called after a set came into force; with `previous` equal to its revision when a refused change was taken back. */
  readonly onAdopted?: (adoption: Adoption) => void;
  /** Called once for each change that was refused. The last good set is still in force. */
  readonly onRejected?: (rejection: Rejection) => void;
  /** Called with what a look at the folder threw, or one of the two above: a bug. The set in force stays. */
  readonly onFault?: (error: unknown) => void;
}

/** A set that came into force. */
export interface Adoption {
  readonly set: PolicySet;
  readonly previous: string;
  readonly warnings: readonly Problem[];
  readonly cases: number;
}

/** A change that may not come into force, and why. `revision` is what was refused, or `'none'` if there is no telling. */
export interface Rejection extends Pick<NotLoaded, 'why' | 'revision' | 'problems'> {
  readonly at: Date;
}

/** What is in force, since when, and what stands in the way of something newer. */
interface RepositoryStatus {
  readonly folder: string;
  readonly revision: string;
  readonly policies: readonly PolicySummary[];
  readonly rules: number;
  readonly cases: number;
  readonly warnings: readonly Problem[];
  readonly adoptedAt: Date;
  /** When the folder was last found to hold what is in force, or to hold what was rejected. */
  readonly checkedAt: Date;
  readonly rejected: Rejection | 'none';
}

/** Policies that follow a folder. */
export interface Repository {
  readonly kind: 'repository';
  /** The set in force: ask for each attempt anew. */
  readonly current: () => PolicySet;
  readonly status: () => RepositoryStatus;
  /** Looks at the folder now; settles when what was found there is in force or rejected. */
  readonly refresh: () => Promise<void>;
  /** Stops looking. The set in force stays. */
  readonly close: () => Promise<void>;
}

/** The first load failed: there is nothing to keep in force. */
interface NotOpened extends Pick<NotLoaded, 'why' | 'problems'> {
  readonly kind: 'not_opened';
}

const USUAL_POLL_MS = 500;
const SETTLE_MS = 150;
const SETTLE_TRIES = 5;
const CONTENT_CHECK_MS = 30_000;

/**
 * Loads the policies of a folder and follows its changes. An empty folder opens with the empty set, which denies
 * everything (A15); a folder that cannot be read or holds a problem does not open. Once open, whatever is wrong with a
 * change leaves the last good set in force (law 1).
 */
export async function openRepository(options: RepositoryOptions): Promise<Repository | NotOpened> {
  const now = options.now ?? ((): Date => new Date());
  const first = await loadInThread(options.folder, dayOf(now().getTime()));
  if (first.kind === 'not_loaded') return { kind: 'not_opened', why: first.why, problems: first.problems };
  const following = new Following(options, now, first);
  return {
    kind: 'repository',
    current: () => following.current,
    status: () => following.status(),
    refresh: () => following.look(),
    close: () => following.close(),
  };
}

class Following {
  readonly #options: RepositoryOptions;
  readonly #now: () => Date;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #inForce: Received;
  #adoptedAt: Date;
  #checkedAt: Date;
  #rejected: Rejection | 'none' = 'none';
  #seen: string;
  #contentCheckedAt: Date;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: RepositoryOptions, now: () => Date, first: Received) {
    this.#options = options;
    this.#now = now;
    this.#inForce = first;
    this.#seen = first.fingerprint;
    this.#adoptedAt = this.#checkedAt = this.#contentCheckedAt = now();
    this.#ended = this.#follow(options.pollMs ?? USUAL_POLL_MS);
  }

  get current(): PolicySet {
    return this.#inForce.set;
  }

  status(): RepositoryStatus {
    const { set, warnings, cases } = this.#inForce;
    return {
      folder: this.#options.folder,
      revision: set.revision,
      policies: set.policies,
      rules: set.ruleCount,
      cases,
      warnings,
      adoptedAt: this.#adoptedAt,
      checkedAt: this.#checkedAt,
      rejected: this.#rejected,
    };
  }

  /** One look at the folder; looks never overlap. */
  look(): Promise<void> {
    // Whatever one look throws must not be the end of all later ones.
    this.#turn = this.#turn.then(() => this.#look()).catch((error: unknown) => this.#options.onFault?.(error));
    return this.#turn;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
    await this.#turn;
  }

  async #follow(pollMs: number): Promise<void> {
    while (await this.#pause(pollMs)) await this.look();
  }

  /** Waits; says whether to go on. */
  async #pause(ms: number): Promise<boolean> {
    try {
      await pause(ms, undefined, { signal: this.#stop.signal, ref: false });
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    }
    return !this.#stop.signal.aborted;
  }

  async #look(): Promise<void> {
    const looks = await fingerprintOf(this.#options.folder);
    // Nothing can be said about the folder now: it is looked at again soon.
    if (looks === 'not_visible') return;
    const changed = looks === this.#seen ? await this.#contentChanged() : await this.#settled(looks);
    if (!changed) {
      if (!this.#stop.signal.aborted) this.#checkedAt = this.#now();
      return;
    }
    const loaded = await loadInThread(this.#options.folder, dayOf(this.#now().getTime()));
    this.#seen = loaded.fingerprint === 'none' ? looks : loaded.fingerprint;
    this.#contentCheckedAt = this.#checkedAt = this.#now();
    if (loaded.kind === 'loaded') this.#adopt(loaded);
    else this.#reject(loaded);
  }

  /** Waits until a change is over, as far as one can tell: a copy in progress is half a policy. */
  async #settled(first: string): Promise<boolean> {
    let before = first;
    for (let attempt = 0; attempt < SETTLE_TRIES; attempt += 1) {
      if (!(await this.#pause(SETTLE_MS))) return false;
      const after = await fingerprintOf(this.#options.folder);
      if (after === before) break;
      before = after;
    }
    return true;
  }

  /** Now and then reads the files themselves: the look of a folder is a hint, its content the truth. */
  async #contentChanged(): Promise<boolean> {
    if (this.#now().getTime() - this.#contentCheckedAt.getTime() < CONTENT_CHECK_MS) return false;
    this.#contentCheckedAt = this.#now();
    const content = await readFolder(this.#options.folder);
    const known = this.#rejected === 'none' ? this.#inForce.revision : this.#rejected.revision;
    return content.kind === 'unreadable' ? this.#rejected === 'none' : content.revision !== known;
  }

  #adopt(loaded: Received): void {
    const previous = this.#inForce.revision;
    const takenBack = this.#rejected !== 'none';
    this.#rejected = 'none';
    // The one place where another set comes into force: a single assignment, so no attempt sees half of each.
    this.#inForce = loaded;
    if (loaded.revision === previous && !takenBack) return;
    if (loaded.revision !== previous) this.#adoptedAt = this.#now();
    const { set, warnings, cases } = loaded;
    this.#options.onAdopted?.({ set, previous, warnings, cases });
  }

  #reject({ why, revision, problems }: NotLoaded): void {
    this.#rejected = { at: this.#now(), why, revision, problems };
    this.#options.onRejected?.(this.#rejected);
  }
}
