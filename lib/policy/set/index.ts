/**
 * A compiled policy set. Documents become slices of plain data (`compile.ts`: start here), which can cross threads, and
 * slices become tables (`assembly.ts`) with indexes for hosts and clients. It refuses to know what is allowed.
 */
export { Assembly, assembleAtOnce, emptyPolicySet, policySetOf } from './assembly.js';
export { compile, type CompiledPolicies, type Slice } from './compile.js';
export { factsOf, observesAnyone, PolicySet, stanceOn, type AttemptFacts, type Tables } from './policy-set.js';
export type { DenyEntry, HostSet, ListNumber, PolicySummary, Rule, Scope, StandingRule, Terms } from './rule.js';
