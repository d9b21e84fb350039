/**
 * The judge: `admit` and `permit` (`judge.ts`: start here), then `proceed` and `clear` (`judge-traffic.ts`). Each answers
 * with a token that the next stage of the journey needs, or with a denial. Only this room makes tokens (`tokens.ts`).
 * `rule-checks.ts` has what a rule is checked for. It refuses to know how policies are written.
 */
export { nearestOf } from './denial.js';
export { admit, permit } from './judge.js';
export {
  clear,
  denialIn,
  judgeKnown,
  proceed,
  stillCleared,
  stillPermitted,
  watchFor,
  type KnownFacts,
  type Verdict,
} from './judge-traffic.js';
export { allowsAddress, allowsProtocol, covers, ruleChecks, type Fact } from './rule-checks.js';
export type { Admission, Clearance, Permit, Proceeding } from './tokens.js';
export { denialReasons } from './verdict.js';
export type { Denial, DenialReason, DroppedAddress, Ground, IsOwnListener, NearMiss, Watch } from './verdict.js';
