import type { Config } from '../../../config/index.js';
import type { StatusAnswer } from '../../../app/status/index.js';

/**
 * The result of a check, by what was examined, such as `journal`. `warning`: it works, but needs attention; `problem`: it does not work as it should; `skipped`: it
 * could not be examined, or there is nothing to examine. `remedy` is `'none'` where nothing is to be done, and `attempt` the
 * id under which a `try` is recorded. `restart` says what the finding means to someone about to restart tidegate.
 */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem' | 'skipped';
  readonly words: string;
  readonly remedy: string;
  readonly attempt: string;
  readonly restart: Restart;
}

/**
 * `advised`: the remedy is a restart; `would_fail`: a start would stop at what was found; `would_deny`: it would have no policy;
 * `unaffected`: none of these, or unknown.
 */
type Restart = 'unaffected' | 'advised' | 'would_fail' | 'would_deny';

type FindingMaker = Readonly<
  Record<'ok' | 'skipped', (words: string) => Finding> &
    Record<'warning' | 'problem', (words: string, remedy: string, restart?: Restart) => Finding>
>;

/** Makes the findings of one check. */
export function findingsOf(check: string): FindingMaker {
  const made =
    (state: Finding['state']) =>
    (words: string, remedy = 'none', restart: Restart = 'unaffected'): Finding => {
      return { check, state, words, remedy, attempt: 'none', restart };
    };
  return { ok: made('ok'), skipped: made('skipped'), warning: made('warning'), problem: made('problem') };
}

/** What every check may examine: the configuration, the status of the running instance, and the time. */
export interface Installation {
  readonly config: Config;
  readonly status: StatusAnswer;
  readonly now: Date;
}
