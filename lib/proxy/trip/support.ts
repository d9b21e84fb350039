import type { EndedBy } from '../../audit/index.js';
import type { Journal } from '../../journal/index.js';
import type { Unfinished } from '../presence/index.js';
import type { Tally } from './tally.js';

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
