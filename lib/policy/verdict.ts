import type { IpAddress } from '../address/index.js';
import type { Attempt, Observation } from '../attempt/index.js';

/** What a rule lets through: `http` plain forwarded requests; `tls`, `tentacle`, `ssh` CONNECT tunnels; `any` both. */
export type Protocol = 'http' | 'tls' | 'tentacle' | 'ssh' | 'any';

/** Which line of which file decided: enough to find it, small enough for every record. */
export interface RuleRef {
  readonly policy: string;
  readonly id: string;
  readonly file: string;
  readonly line: number;
}

/** Why policy said no. The two `address_*` reasons are reached only after a name was admitted and resolved. */
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
  | 'traffic_not_allowed';

/** A rule that came near, and the one fact that failed it first. */
export interface NearMiss {
  readonly rule: RuleRef;
  readonly failed: DenialReason;
}

/** Policy said no. `rule` is the deny entry that matched, or the nearest rule that did not hold, or `'none'`. */
export interface Denial {
  readonly kind: 'denied';
  readonly reason: DenialReason;
  readonly revision: string;
  readonly rule: RuleRef | 'none';
  readonly nearest: readonly NearMiss[];
}

/** A rule that held, as later stages and records need it. */
export interface StandingRule extends RuleRef {
  readonly protocol: Protocol;
  /** Whether the rule looks at paths: only then may a record hold the path. */
  readonly readsPaths: boolean;
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

declare const minted: unique symbol;
/** The common part of the three tokens. Only the policy room can make one: the brand is not exported by its door. */
export interface Grant<Kind extends string> {
  readonly [minted]: true;
  readonly kind: Kind;
  readonly attempt: Attempt;
  readonly revision: string;
  readonly ground: Ground;
}

/** The name may be looked up. */
export type Admission = Grant<'admission'>;
/** These addresses may be dialled, best first as DNS gave them. */
export interface Permit extends Grant<'permit'> {
  readonly addresses: readonly [IpAddress, ...IpAddress[]];
  readonly dropped: readonly DroppedAddress[];
}
/** This traffic may pass. */
export interface Clearance extends Grant<'clearance'> {
  readonly address: IpAddress;
  readonly observation: Observation;
}

/** One policy file's summary, for start-up text and status. */
export interface PolicySummary {
  readonly name: string;
  readonly file: string;
  readonly mode: 'enforce' | 'observe';
  readonly rules: number;
  readonly denies: number;
}

/**
 * Everything a judge needs, compiled and immutable. Made by the policy room only; other rooms read the summary and hand
 * it back. `revision` names the exact content judged by (a content hash).
 */
export interface PolicySet {
  readonly revision: string;
  readonly policies: readonly PolicySummary[];
  readonly ruleCount: number;
}

/** Whether an address and port are one of tidegate's own listeners (rule A14). Handed in, so that the judge stays pure. */
export type IsOwnListener = (address: IpAddress, port: number) => boolean;

/*
 * The three functions that this room's door exports (see docs/architecture.md, "the journey"):
 *   admit(policy: PolicySet, attempt: Attempt, now: Date): Admission | Denial
 *   permit(admission: Admission, answers: readonly IpAddress[], isOwnListener: IsOwnListener): Permit | Denial
 *   clear(permit: Permit, dialled: IpAddress, seen: Observation): Clearance | Denial
 * For an address literal the caller passes that one address as the answers.
 */
