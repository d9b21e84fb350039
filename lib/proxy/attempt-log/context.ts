import type { EndedBy } from '../../audit/index.js';
import type { Journal } from '../../journal/index.js';
import type { PendingWork } from '../registry/index.js';
import type { AttemptCounters } from './counters.js';
import type { OpenAttempts } from './open-attempts.js';
import type { RecordingTrouble } from './recording-trouble.js';

/** What an attempt's log uses of the proxy. */
export interface AttemptLogContext {
  readonly journal: Pick<Journal, 'append' | 'state'>;
  readonly trouble: RecordingTrouble;
  readonly openAttempts: OpenAttempts;
  readonly now: () => Date;
  readonly counters: AttemptCounters;
  readonly answerMs: number;
  readonly revision: () => string;
  readonly pendingWork: PendingWork;
}

/** How a passed attempt ended, as far as the caller knows. */
export interface AttemptEnd {
  readonly endedBy: EndedBy;
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly status: number | 'none';
  readonly detail: string;
}
