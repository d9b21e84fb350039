import type { IpAddress } from '../../address/index.js';
import type { Protocol, RuleRef } from '../language/index.js';
import type { StandingRule } from '../set/index.js';
import type { Check } from '../traffic/index.js';

/**
 * Why policy denied. `no_policy`: nothing is allowed to any client (rule A15). `address_*` and `own_listener` are reached
 * only after a name was admitted and resolved; those from `traffic_not_allowed` on, only once traffic was inspected.
 */
export const denialReasons = [
  'no_policy',
  'destination_denied',
  'destination_not_allowed',
  'client_not_allowed',
  'port_not_allowed',
  'protocol_not_allowed',
  'request_not_allowed',
  'rule_expired',
  'address_denied',
  'address_not_allowed',
  'own_listener',
  'traffic_not_allowed',
  'server_name_not_allowed',
  'thumbprint_mismatch',
  'client_thumbprint_mismatch',
  'host_key_mismatch',
  'identity_not_visible',
] as const;

/** One of {@link denialReasons}. */
export type DenialReason = (typeof denialReasons)[number];

/** A rule that came near, and the first fact, in the order of the checks, that failed it. */
export interface NearMiss {
  readonly rule: RuleRef;
  readonly failed: DenialReason;
}

/** A denial. */
export interface Denial {
  readonly kind: 'denied';
  readonly reason: DenialReason;
  readonly revision: string;
  /** The deny entry that matched, or the nearest rule that did not hold; `'none'`: no rule lists the destination. */
  readonly rule: RuleRef | 'none';
  /** Up to three rules, nearest first. */
  readonly nearest: readonly NearMiss[];
  /** The answers of DNS that may not be dialled; `'not_reached'`: denied before the name was resolved. */
  readonly dropped: readonly DroppedAddress[] | 'not_reached';
  /** Whether the nearest rule has paths: only then may a record hold the path. */
  readonly readsPaths: boolean;
  /** Who to ask, as the policy says that it comes from or, without one, a policy of the client; `'none'`: none says so. */
  readonly contact: string | 'none';
  /** Where traffic was inspected: every fact as the nearest rule checked it. */
  readonly checks: readonly Check[];
}

/** What a tunnel's traffic must be inspected for, so that rules can be checked. */
export interface Watch {
  /** The protocols of the rules that still stand, without doubles. */
  readonly protocols: readonly Protocol[];
  /** Whether some rule wants a probe where the connection does not prove the server's identity. */
  readonly probes: boolean;
}

/** On what ground an attempt passes: rules that hold for every fact, or `observe` mode letting a denial through. */
export type Ground =
  | { readonly kind: 'rules'; readonly rules: readonly [StandingRule, ...StandingRule[]] }
  | { readonly kind: 'observed'; readonly wouldDeny: Denial };

/** An answer of DNS that will not be dialled, and why. */
export interface DroppedAddress {
  readonly address: IpAddress;
  readonly reason: DenialReason | 'special_purpose' | 'cloud_metadata' | 'own_address';
}

/** What the judge must know of the machine that it runs on (rules A7, A14). An argument, so that the judge stays pure. */
export interface OwnMachine {
  /** Whether an address and port are one of tidegate's own listeners. */
  readonly isListener: (address: IpAddress, port: number) => boolean;
  /** Whether an interface of this machine has the address. */
  readonly hasAddress: (address: IpAddress) => boolean;
}

/** A machine without listeners and addresses: for cases, which must have the same result everywhere. */
export const noMachine: OwnMachine = { isListener: () => false, hasAddress: () => false };
