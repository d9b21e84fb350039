import type { IpAddress } from '../../address/index.js';
import type { Observation } from '../../attempt/index.js';
import type { Fact } from '../judge/index.js';
import type { RuleRef } from '../language/index.js';
import type { AttemptFacts, Rule, Tables } from '../set/index.js';
import type { Check } from '../traffic/index.js';

/**
 * One fact of a rule: whether it holds, and why, in words. `address` is there only where the addresses are known, and what
 * comes after it only where the traffic is known.
 */
export interface ExplainedFact {
  readonly fact: Fact | 'address' | 'traffic' | Check['fact'];
  readonly held: boolean;
  readonly words: string;
}

/** A rule with every fact it was checked for, in order, and the first that failed it. */
export interface ExplainedRule {
  readonly rule: RuleRef;
  readonly facts: readonly ExplainedFact[];
  readonly failed: ExplainedFact | 'none';
}

/** One attempt that is being explained, and what is known about it. */
export interface ExplainedAttempt {
  readonly tables: Tables;
  readonly facts: AttemptFacts;
  readonly addresses: readonly IpAddress[] | 'not_resolved';
  /** The rules that list the host. */
  readonly listed: ReadonlySet<Rule>;
  readonly seen: Observation | 'not_given';
}
