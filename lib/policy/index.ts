/**
 * The policy language and its judge. Texts become policies here (`reading.ts`: read, check, link), policies become a
 * compiled set (`compile.ts`, `tables.ts`), and the set is asked three questions of every attempt (`judge.ts`): may this
 * name be looked up, may these addresses be dialled, may this traffic pass. Each answer is the token that the next stage
 * of the journey needs.
 *
 * What it refuses to know: files, clocks, sockets, DNS. Texts, days and bytes come as arguments, and nothing here waits.
 * Start with `document.ts`, the meeting point: what reading makes and compiling takes. `rule.ts` has what a rule is
 * asked. `problems.ts` names everything that can be wrong with a file; `docs/policy-reference.md` explains each.
 */
export { caseJsonSchema, checkCases, isCaseFile, selfTest, type CaseReport } from './cases.js';
export { compile, type CompiledPolicies, type Slice } from './compile.js';
export type { AllowRule, ClientScope, DenyRule, Pattern, PolicyDocument, PortRange } from './document.js';
export { explain, type ExplainedFact, type ExplainedRule, type Explanation, type MatchedDeny } from './explain.js';
export { admit, clear, permit, stillCleared, type Admission, type Clearance, type Permit } from './judge.js';
export { formatProblem, summariseProblem, type Place, type Problem, type ProblemCode } from './problems.js';
export { readPolicies, type PolicyReading } from './reading.js';
export { policyJsonSchema } from './schema.js';
export { assemble, emptyPolicySet, policySetOf, type PolicySet } from './tables.js';
export type {
  Denial,
  DenialReason,
  DroppedAddress,
  Ground,
  IsOwnListener,
  NearMiss,
  PolicySummary,
  Protocol,
  RuleRef,
  StandingRule,
} from './verdict.js';
export type { SourceFile } from './yaml.js';
