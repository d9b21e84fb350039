/**
 * The judge: three questions of every attempt (`judge.ts`: start here), each answered by a token that the next stage of the
 * journey needs, or by a denial. Only this room makes tokens. `rule-checks.ts` has what a rule is asked. It refuses to know
 * how policies are written.
 */
export { nearestOf } from './denial.js';
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
export { carries, covers, inquiry, leadsTo, type Fact } from './rule-checks.js';
export type { Denial, DenialReason, DroppedAddress, Ground, IsOwnListener, NearMiss, Watch } from './verdict.js';
