/**
 * The judge of policies. Texts become documents in the rooms inside (`text`, `language`), documents a compiled set
 * (`compile.ts`, `assembly.ts`, `tables.ts`), and the set is asked three questions of every attempt (`judge.ts`): may this
 * name be looked up, may these addresses be dialled, may this traffic pass. Each answer is the token that the next stage
 * of the journey needs.
 *
 * What it refuses to know: files, clocks, sockets, DNS. Texts, days and bytes come as arguments, and nothing here waits.
 * Start with `language/document.ts`, the meeting point: what reading makes and compiling takes. `rule.ts` has what a rule
 * is asked, `traffic/` holds what a tunnel carries against it, `cases.ts` proves a set by examples. `docs/policy-reference.md` is the whole from outside.
 */
export { assemble, emptyPolicySet, policySetOf } from './assembly.js';
export { checkCases, isCaseFile } from './cases.js';
export { compile, type CompiledPolicies, type Slice } from './compile.js';
export { explain, type ExplainedFact, type ExplainedRule, type Explanation } from './explain.js';
export {
  admit,
  clear,
  permit,
  proceed,
  stillCleared,
  stillPermitted,
  watchFor,
  type Admission,
  type Clearance,
  type Permit,
  type Proceeding,
} from './judge.js';
export { readPolicies } from './language/index.js';
export type { AllowRule, DenyRule, Pattern, PolicyDocument, PortRange, Protocol, RuleRef } from './language/index.js';
export { selfTest } from './self-test.js';
export type { PolicySet } from './tables.js';
export { formatProblem, summariseProblem, type Problem, type ProblemCode } from '../text/index.js';
export type { SourceFile } from '../text/index.js';
export { suppose } from './traffic/index.js';
export type { Check, Outcome } from './traffic/index.js';
export type {
  Denial,
  DenialReason,
  DroppedAddress,
  Ground,
  IsOwnListener,
  NearMiss,
  PolicySummary,
  Watch,
} from './verdict.js';
