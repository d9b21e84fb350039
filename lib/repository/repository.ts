import { dayOf } from '../system/values/index.js';
import { wholeFileProblem } from '../text/index.js';
import type { PolicySet, PolicySummary } from '../policy/index.js';
import { loadInThread, type Received } from './load-in-thread.js';
import { unreadable, type NotLoaded } from './loading.js';
import type { PolicySource } from './policy-source.js';

/** Where policies come from, and what to call when they change. */
export interface RepositoryOptions {
  readonly source: PolicySource;
  readonly now?: () => Date;
  /** Called after a set came into force; with `previous` equal to its revision when a refused change was taken back. */
  readonly onAdopted?: (adoption: Adoption) => void;
  /** Called once for each change that was refused. The last good set is still in force. */
  readonly onRejected?: (rejection: Rejection) => void;
  /** Called with what a check of the source threw, or one of the two above: a bug. The set in force stays. */
  readonly onFault?: (error: unknown) => void;
}

/** A set that came into force. */
export interface Adoption extends Pick<Received, 'set' | 'warnings' | 'cases'> {
  readonly previous: string;
}

/** A change that may not come into force, and why. `revision` is what was refused, or `'none'` if it is not known. */
export interface Rejection extends Pick<NotLoaded, 'revision' | 'problems'> {
  readonly at: Date;
  /** `folder_emptied`: policies are in force, and the source holds none any more. */
  readonly why: NotLoaded['why'] | 'folder_emptied';
}

interface RepositoryStatus extends Pick<Received, 'revision' | 'warnings' | 'cases'> {
  readonly folder: string;
  readonly policies: readonly PolicySummary[];
  readonly rules: number;
  readonly adoptedAt: Date;
  /** When the source was last found to hold what is in force, or to hold what was rejected. */
  readonly checkedAt: Date;
  readonly rejected: Rejection | 'none';
}

/** The time to the next load after one that failed by itself, such as for lack of memory. */
const RETRY_MS = 30_000;

/**
 * Loads the policies of a source and follows its changes. An empty source opens with the empty set, which denies
 * everything (A15). Once open, a change with any fault leaves the last good set in force, and so does a source that is empty
 * all at once: a lost mount or an interrupted copy is not a decision (law 1).
 */
export async function openRepository(options: RepositoryOptions): Promise<Repository | NotLoaded> {
  const { source, now = (): Date => new Date() } = options;
  const first = await loadFrom(source, now());
  if (first.kind === 'not_loaded') {
    await source.close();
    return first;
  }
  const repository = new Repository(options, now, first);
  source.watch(() => repository.refresh());
  return repository;
}

async function loadFrom(source: PolicySource, now: Date): Promise<Received | NotLoaded> {
  const content = await source.read();
  return content.kind === 'failed' ? unreadable(content) : loadInThread(content, dayOf(now.getTime()), source.name);
}

/** Policies that follow a source. */
export class Repository {
  readonly kind = 'repository';
  readonly #options: RepositoryOptions;
  readonly #now: () => Date;
  #inForce: Received;
  #adoptedAt: Date;
  #checkedAt: Date;
  #rejected: Rejection | 'none' = 'none';
  #turn: Promise<void> = Promise.resolve();

  constructor(options: RepositoryOptions, now: () => Date, first: Received) {
    this.#options = options;
    this.#now = now;
    this.#inForce = first;
    this.#adoptedAt = this.#checkedAt = now();
  }

  /** The set in force: to be called for each attempt. */
  readonly current = (): PolicySet => this.#inForce.set;

  /** What is in force, since when, and what keeps something newer from it. */
  status(): RepositoryStatus {
    const { set, warnings, cases } = this.#inForce;
    return {
      folder: this.#options.source.name,
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

  /** Checks the source now; settles when what was found there is in force or rejected. Checks never overlap. */
  refresh(): Promise<void> {
    // An error of one check must not end all later ones.
    this.#turn = this.#turn.then(() => this.#check()).catch((error: unknown) => this.#options.onFault?.(error));
    return this.#turn;
  }

  /** Stops following and closes the source. The set in force stays. */
  readonly close = async (): Promise<void> => {
    await this.#options.source.close();
    await this.#turn;
  };

  async #check(): Promise<void> {
    const { source } = this.#options;
    const state = await source.check();
    if (state === 'unknown') return;
    if (state === 'changed' || this.#isTimeToRetry()) {
      const loaded = await loadFrom(source, this.#now());
      if (loaded.kind === 'not_loaded') this.#reject(loaded);
      else if (this.#isEmptied(loaded)) this.#reject(emptied(loaded, source.name));
      else this.#adopt(loaded);
    }
    this.#checkedAt = this.#now();
  }

  #isEmptied({ set }: Received): boolean {
    return set.policies.length === 0 && this.#inForce.set.policies.length > 0;
  }

  #isTimeToRetry(): boolean {
    if (this.#rejected === 'none') return false;
    const { why, revision, at } = this.#rejected;
    return why === 'policies_refused' && revision === 'none' && this.#now().getTime() - at.getTime() >= RETRY_MS;
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

  #reject({ why, revision, problems }: Omit<Rejection, 'at'>): void {
    this.#rejected = { at: this.#now(), why, revision, problems };
    this.#options.onRejected?.(this.#rejected);
  }
}

function emptied({ revision }: Received, name: string): Omit<Rejection, 'at'> {
  const hint = 'put the policy files back; to deny everything, leave a policy that has deny entries only';
  const problem = wholeFileProblem(name, 'no_policies', 'the folder holds no policy any more', hint);
  return { why: 'folder_emptied', revision, problems: [problem] };
}
