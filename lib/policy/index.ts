/**
 * The judge of policies. Texts become documents (`language`, with single values in `values`), documents a compiled set
 * (`set`), and the set answers three questions about every attempt (`judge`): may this name be looked up, may these
 * addresses be dialled, may this traffic pass. Each answer is the token that the next stage of the journey needs.
 *
 * What it refuses to know: files, clocks, sockets, DNS. Nothing here waits. Start with `language/document.ts`, then
 * `judge/rule-checks.ts`. `traffic` checks tunnels, `log-in` says where a log-in would help, `explain` gives reasons, `cases`
 * tests a set by examples. See `docs/policy-reference.md`.
 */
export { formatProblem, summariseProblem, type Problem, type ProblemCode } from '../text/index.js';
export { checkCases, isCaseFile, selfTest, observationOfTexts } from './cases/index.js';
export {
  explain,
  lineToAdd,
  listedNames,
  type ExplainedFact,
  type ExplainedRule,
  type Explanation,
} from './explain/index.js';
export { admit, clear, permit, proceed, stillCleared, stillPermitted, watchFor } from './judge/index.js';
export type {
  Admission,
  Clearance,
  Denial,
  DenialReason,
  DroppedAddress,
  Ground,
  NearMiss,
  OwnMachine,
  Permit,
  Proceeding,
  Watch,
} from './judge/index.js';
export {
  anyUser,
  logInAtAdmit,
  logInAtPermit,
  type KnownUsers,
  type LogIn,
  type LogInQuestion,
} from './log-in/index.js';
export { readPolicies } from './language/index.js';
export type { AllowRule, DenyRule, PolicyDocument, Protocol, RuleRef } from './language/index.js';
export { Assembly, assembleAtOnce, compile, emptyPolicySet, observesAnyone, policySetOf } from './set/index.js';
export type { CompiledPolicies, PolicySet, PolicySummary, Slice } from './set/index.js';
export type { Check, Outcome } from './traffic/index.js';
export type { Pattern, PortRange } from './values/index.js';
