/**
 * A compiled policy set: what the judge looks up. Documents become slices of plain data (`compile.ts`: start here), which
 * can cross threads, and slices become tables (`assembly.ts`, `tables.ts`). `rule.ts` is a rule as the judge reads it.
 * This room refuses to know what is allowed: that is the judge's.
 */
export { assemble, emptyPolicySet, policySetOf } from './assembly.js';
export { compile } from './compile.js';
export type { CompiledPolicies, Cover, ListNumber, PolicySummary, Slice } from './compile.js';
export type { DenyEntry, Rule, Scope, StandingRule, Terms } from './rule.js';
export { ask, listing, PolicySet, stanceOn } from './tables.js';
export type { Asked, Tables } from './tables.js';
