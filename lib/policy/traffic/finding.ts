import type { Host } from '../../address/index.js';

/** The result of checking a pinned fact (law 11). `probed`: a probe of tidegate's, not the connection, showed it. */
export type Outcome = 'verified' | 'probed' | 'mismatch' | 'not_visible' | 'not_checked';

/** One fact of a tunnel's traffic: what the rule expects, what was seen, and the result. */
export interface Check {
  readonly fact: 'server_name' | 'thumbprint' | 'client_thumbprint' | 'host_key';
  /** As the policy file writes them; empty where the rule pins nothing. */
  readonly expected: readonly string[];
  /** In the form that a policy file takes, or `'none'`. */
  readonly seen: string;
  readonly outcome: Outcome;
  /** More for people, such as why nothing was visible or how long a certificate is valid; may be empty. */
  readonly detail: string;
}

/** Why traffic of the right protocol is denied. */
export type TrafficReason =
  | 'server_name_not_allowed'
  | 'thumbprint_mismatch'
  | 'client_thumbprint_mismatch'
  | 'host_key_mismatch'
  | 'identity_not_visible';

/** A check, and the reason for which it denies, or `'none'`. */
export interface Finding {
  readonly check: Check;
  readonly failed: TrafficReason | 'none';
}

/** The context of traffic: the host that was requested, and when traffic was seen. */
export interface TrafficContext {
  readonly host: Host;
  /** Milliseconds since 1970: host certificates are valid for a time. */
  readonly at: number;
  /** `so_far`: what is `not_reached` is still to come, and holds until then. `whole`: nothing more will be inspected. */
  readonly stage: 'so_far' | 'whole';
}
