import type { Clearance } from '../../policy/index.js';

/** Why traffic is ended that its peers have not ended, and details for people, or `'none'`. */
export interface TrafficStop {
  readonly by: 'policy_change' | 'shutdown' | 'operator';
  readonly detail: string;
}

/** Traffic that is passing: its clearance, its bytes so far, and how to end it. */
export interface ActiveTraffic {
  readonly clearance: Clearance;
  readonly counts: () => { readonly bytesOut: number; readonly bytesIn: number };
  readonly end: (stop: TrafficStop) => void;
}
