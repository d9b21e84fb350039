import type { DomainName } from '../../address/index.js';
import type { AllowRule, DenyRule, Protocol, RuleRef, RuleTerms, UserScope } from '../language/index.js';

/**
 * The number of a list of ranges. All lists of the policy files (addresses and `resolves-to` of rules, networks of policies)
 * are in one range table, which finds the lists that an address is in. Equal lists share a number.
 */
export type ListNumber = number | 'none';

/** The hosts that a list of patterns covers: names, everything under suffixes, and ranges. */
export interface HostSet {
  readonly names: readonly DomainName[];
  readonly suffixes: readonly DomainName[];
  readonly ranges: ListNumber;
}

/** The summary of one policy file, for start-up text and status. */
export interface PolicySummary {
  readonly name: string;
  readonly file: string;
  readonly mode: 'enforce' | 'observe';
  readonly rules: number;
  readonly denies: number;
}

/** A policy without its rules. */
export interface CompiledPolicy extends PolicySummary {
  readonly contact: string | 'none';
  readonly users: UserScope;
  readonly networks: number | 'every';
}

/** An `allow` rule, its patterns compiled. `policy` is the index of its policy. */
export interface CompiledRule extends Omit<AllowRule, 'to' | 'except' | 'resolvesTo'> {
  readonly policy: number;
  readonly to: HostSet;
  readonly except: HostSet | 'none';
  readonly resolvesTo: ListNumber;
}

/** A `deny` entry, its patterns compiled. `policy` is the index of its policy. */
export interface CompiledDeny extends Omit<DenyRule, 'to'> {
  readonly policy: number;
  readonly to: HostSet;
}

/** A rule that held, as later stages and records need it. */
export interface StandingRule extends RuleRef {
  readonly protocol: Protocol;
  /** Whether the rule has paths: only then may a record hold the path. */
  readonly readsPaths: boolean;
}

/**
 * The effect of a policy on attempts that no rule allows. One in `observe` mode without rules is `silent`: an empty policy
 * lets nothing out (law 1), and `deny` entries alone must not end what others observe.
 */
export type Stance = 'enforces' | 'observes' | 'silent';

/** The clients that a policy applies to, its stance and its contact. Policies that agree in these share one scope. */
export interface Scope {
  readonly number: number;
  readonly users: ReadonlySet<string> | 'anonymous' | 'every';
  readonly networks: number | 'every';
  readonly stance: Stance;
  readonly contact: string | 'none';
}

/** A rule's terms for the clients of its policy; many rules share them. */
export interface Terms extends RuleTerms {
  readonly scope: Scope;
  /** The first moment (milliseconds since 1970) at which the rule no longer allows. */
  readonly expiresAt: number;
}

/** An `allow` rule as the judge checks it. */
export interface Rule extends Pick<CompiledRule, 'to' | 'except' | 'resolvesTo' | 'traffic'> {
  readonly ref: StandingRule;
  /** Its index among all rules, by file and line. */
  readonly order: number;
  readonly terms: Terms;
}

/** A `deny` entry as the judge checks it. */
export interface DenyEntry extends Pick<CompiledDeny, 'ports' | 'reason'> {
  readonly ref: RuleRef;
  readonly order: number;
  readonly scope: Scope;
}
