import type { Config } from '../../../config/index.js';
import type { StatusAnswer } from '../../../app/status/index.js';

/** What was examined. */
export type CheckName =
  | 'configuration'
  | 'node'
  | 'instance'
  | 'files'
  | 'listener'
  | 'policies'
  | 'users'
  | 'state'
  | 'journal'
  | 'dns'
  | 'clock'
  | 'anchors'
  | 'sinks'
  | 'try';

/**
 * The result of a check. `warning`: it works, but needs attention; `problem`: it does not work as it should; `skipped`: it
 * could not be examined, or there is nothing to examine. `remedy` is `'none'` where nothing is to be done, and `attempt` the
 * id under which a `try` is recorded.
 */
export interface Finding {
  readonly check: CheckName;
  readonly state: 'ok' | 'warning' | 'problem' | 'skipped';
  readonly words: string;
  readonly remedy: string;
  readonly attempt: string;
}

/** A finding of one check, by its state. */
export interface FindingMaker {
  readonly ok: (words: string) => Finding;
  readonly skipped: (words: string) => Finding;
  readonly warning: (words: string, remedy: string) => Finding;
  readonly problem: (words: string, remedy: string) => Finding;
}

/** Makes the findings of one check. */
export function findingsOf(check: CheckName): FindingMaker {
  const found = (state: Finding['state'], words: string, remedy: string): Finding => {
    return { check, state, words, remedy, attempt: 'none' };
  };
  return {
    ok: (words) => found('ok', words, 'none'),
    skipped: (words) => found('skipped', words, 'none'),
    warning: (words, remedy) => found('warning', words, remedy),
    problem: (words, remedy) => found('problem', words, remedy),
  };
}

/** What every check may examine: the configuration, the status of the running instance, and the time. */
export interface Installation {
  readonly config: Config;
  readonly status: StatusAnswer;
  readonly now: Date;
}
