import type { EndedBy } from '../../audit/index.js';
import type { Journal } from '../../journal/index.js';
import type { Unfinished } from '../presence/index.js';

/** Counts since the start, changed in place by every trip. */
export interface Tally {
  allowed: number;
  wouldDeny: number;
  denied: number;
  refused: number;
  failed: number;
  unrecorded: number;
  /** Bytes of attempts that ended, and of long ones as far as they were recorded. */
  bytesOut: number;
  bytesIn: number;
}

/** What a trip needs from the proxy it belongs to. */
export interface TripSupport {
  readonly journal: Pick<Journal, 'append' | 'state'>;
  readonly log: { readonly error: (event: string, fields?: Readonly<Record<string, unknown>>) => void };
  readonly now: () => Date;
  readonly tally: Tally;
  readonly answerMs: number;
  readonly revision: () => string;
  readonly unfinished: Unfinished;
}

/** How a passed attempt ended, as far as the caller knows. */
export interface Ending {
  readonly endedBy: EndedBy;
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly status: number | 'none';
  readonly detail: string;
}
