/**
 * The policy language and its judge. Texts become policies here (`reading.ts`: read, check, link), policies become a
 * compiled set, and the set is asked three questions of every attempt: may this name be looked up, may these addresses
 * be dialled, may this traffic pass.
 *
 * What it refuses to know: files, clocks, sockets, DNS. Texts, days and bytes come as arguments, and nothing here waits.
 * Start with `document.ts`, the meeting point: what reading makes and compiling takes. `problems.ts` names everything
 * that can be wrong with a file; `docs/policy-reference.md` explains each.
 */
export type { AllowRule, ClientScope, DenyRule, Pattern, PolicyDocument, PortRange } from './document.js';
export { formatProblem, summariseProblem, type Place, type Problem, type ProblemCode } from './problems.js';
export { readPolicies, type PolicyReading } from './reading.js';
export { policyJsonSchema } from './schema.js';
export type {
  Admission,
  Clearance,
  Denial,
  DenialReason,
  DroppedAddress,
  Ground,
  IsOwnListener,
  NearMiss,
  Permit,
  PolicySet,
  PolicySummary,
  Protocol,
  RuleRef,
  StandingRule,
} from './verdict.js';
export type { SourceFile } from './yaml.js';
