import type { Protocol, RuleRef, RuleTerms } from '../language/index.js';
import type { CompiledDeny, CompiledRule } from './rows.js';

/** A rule that held, as later stages and records need it. */
export interface StandingRule extends RuleRef {
  readonly protocol: Protocol;
  /** Whether the rule looks at paths: only then may a record hold the path. */
  readonly readsPaths: boolean;
}

/**
 * What a policy says about attempts that no rule lets pass. A policy in `observe` mode that allows nothing is `silent`: an
 * empty policy lets nothing out (law 1), and a file of `deny` entries alone must not end what others observe.
 */
export type Stance = 'enforces' | 'observes' | 'silent';

/** The clients that a policy applies to, and its stance. Policies that agree in both share one scope. */
export interface Scope {
  /** Distinguishes the scope from others. */
  readonly number: number;
  readonly users: ReadonlySet<string> | 'every';
  readonly networks: number | 'every';
  readonly stance: Stance;
}

/** A rule's terms for the clients of its policy. Thousands of rules share a few terms. */
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
  /** Its index among all entries, by file and line. */
  readonly order: number;
  readonly scope: Scope;
}
