import type { Protocol, RuleRef } from '../language/index.js';
import type { PortRange } from '../values/index.js';
import type { CompiledRule, ListNumber } from './compile.js';

/** A rule that held, as later stages and records need it. */
export interface StandingRule extends RuleRef {
  readonly protocol: Protocol;
  /** Whether the rule looks at paths: only then may a record hold the path. */
  readonly readsPaths: boolean;
}

/**
 * What a policy has to say about attempts that no rule lets pass. A policy in `observe` mode that allows nothing is
 * `silent`: an empty policy lets nothing out (law 1), and a file of `deny` entries alone must not end what others observe.
 */
export type Stance = 'enforces' | 'observes' | 'silent';

/** Whom a policy speaks for, and its stance. Policies that say the same share one; `number` tells it from others. */
export interface Scope {
  readonly number: number;
  readonly users: ReadonlySet<string> | 'every';
  readonly networks: number | 'every';
  readonly stance: Stance;
}

/** Everything a rule asks for but hosts and addresses. Thousands of rules have the same few terms. */
export interface Terms extends Pick<CompiledRule, 'protocol' | 'ports' | 'methods' | 'paths'> {
  readonly scope: Scope;
  /** The first moment (milliseconds since 1970) at which the rule no longer allows. */
  readonly expiresAt: number;
}

/** An `allow` rule as the judge asks it. `order` is its place among all rules, by file and line. */
export interface Rule {
  readonly ref: StandingRule;
  readonly order: number;
  readonly terms: Terms;
  /** Whether it has any `except`: most have none, and the question is then quickly answered. */
  readonly excepts: boolean;
  /** The addresses that it lists itself. */
  readonly addresses: ListNumber;
  readonly resolvesTo: ListNumber;
  /** What the file says: for explanations, and for questions that few rules ask. */
  readonly says: CompiledRule;
}

/** A `deny` entry as the judge asks it. */
export interface DenyEntry {
  readonly ref: RuleRef;
  readonly order: number;
  readonly scope: Scope;
  readonly ports: readonly PortRange[] | 'every';
  readonly reason: string;
}
