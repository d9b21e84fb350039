import type { IpAddress } from '../../address/index.js';
import type { Protocol, RuleRef } from '../language/index.js';
import type { StandingRule } from '../set/index.js';
import type { Check, TrafficReason } from '../traffic/index.js';

/**
 * Why policy said no. `no_policy`: nothing is allowed to anybody (rule A15). `address_*` and `own_listener` are reached
 * only after a name was admitted and resolved.
 */
export type DenialReason =
  | 'no_policy'
  | 'destination_denied'
  | 'destination_not_allowed'
  | 'client_not_allowed'
  | 'port_not_allowed'
  | 'protocol_not_allowed'
  | 'request_not_allowed'
  | 'rule_expired'
  | 'address_denied'
  | 'address_not_allowed'
  | 'own_listener'
  | 'traffic_not_allowed'
  | TrafficReason;

/** A rule that came near, and the first fact, in the order the judge asks, that failed it. */
export interface NearMiss {
  readonly rule: RuleRef;
  readonly failed: DenialReason;
}

/**
 * Policy said no. `rule` is the deny entry that matched, or the nearest rule that did not hold, or `'none'`: no rule
 * lists the destination. `nearest` holds up to three rules, nearest first.
 */
export interface Denial {
  readonly kind: 'denied';
  readonly reason: DenialReason;
  readonly revision: string;
  readonly rule: RuleRef | 'none';
  readonly nearest: readonly NearMiss[];
  /** The answers of DNS that may not be dialled; `'not_reached'` when the attempt was denied before it was resolved. */
  readonly dropped: readonly DroppedAddress[] | 'not_reached';
  /** Whether the nearest rule looks at paths: only then may a record hold the path. */
  readonly readsPaths: boolean;
  /** Where traffic was looked at: every fact as the nearest rule was asked for it. */
  readonly checks: readonly Check[];
}

/** What a tunnel's traffic must be looked at for, so that rules can be asked whether it may pass. */
export interface Watch {
  /** The protocols of the rules that still stand, without doubles. */
  readonly protocols: readonly Protocol[];
  /** Whether some rule wants an own handshake where the wire does not prove who the server is. */
  readonly probes: boolean;
}

/** On what ground an attempt passes: rules that hold for every fact, or `observe` mode letting a denial through. */
export type Ground =
  | { readonly kind: 'rules'; readonly rules: readonly [StandingRule, ...StandingRule[]] }
  | { readonly kind: 'observed'; readonly wouldDeny: Denial };

/** An answer of DNS that will not be dialled, and why. */
export interface DroppedAddress {
  readonly address: IpAddress;
  readonly reason: DenialReason | 'special_purpose';
}

/** Whether an address and port are one of tidegate's own listeners (rule A14). Handed in, so that the judge stays pure. */
export type IsOwnListener = (address: IpAddress, port: number) => boolean;
