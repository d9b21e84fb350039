import type { Clearance } from '../../policy/index.js';

/** Traffic that is passing: its clearance, and how to end it. */
export interface ActiveTraffic {
  readonly clearance: Clearance;
  readonly end: (cause: 'policy_change' | 'shutdown') => void;
}
