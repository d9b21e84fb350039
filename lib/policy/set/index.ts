/**
 * A compiled policy set: what the judge looks up. Documents become slices of plain data (`compile.ts`: start here), which
 * can cross threads, and slices become tables (`assembly.ts`). `rule.ts` is a rule as the judge reads it, `host-index.ts`
 * and `client-index.ts` find rules and policies. This room refuses to know what is allowed: that is the judge's.
 */
export { Assembly, assembleAtOnce, emptyPolicySet, policySetOf } from './assembly.js';
export { compile } from './compile.js';
export { factsOf, PolicySet, stanceOn, type AttemptFacts, type Tables } from './policy-set.js';
export type { HostSet, ListNumber, PolicySummary } from './rows.js';
export type { DenyEntry, Rule, StandingRule, Terms } from './rule.js';
export type { CompiledPolicies, Slice } from './slices.js';
