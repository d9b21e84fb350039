/**
 * The judge: `admit` and `permit` (`judge.ts`: start here), `proceed` and `clear` (`judge-traffic.ts`). Each answers with a
 * token for the next stage (`tokens.ts`) or a denial. It refuses to know how policies are written.
 */
export { nearestOf } from './denial.js';
export { admit, permit } from './judge.js';
export { clear, denialIn, judgeKnown, proceed, stillCleared, stillPermitted, watchFor } from './judge-traffic.js';
export type { KnownFacts, Verdict } from './judge-traffic.js';
export { placeOf, type Place } from './place.js';
export { firstDeny } from './routes.js';
export { allowsAddress, allowsProtocol, covers, holdsButForClient, ruleChecks, type Fact } from './rule-checks.js';
export type { Admission, Clearance, Permit, Proceeding } from './tokens.js';
export { denialReasons, noMachine } from './verdict.js';
export type { Denial, DenialReason, DroppedAddress, Ground, NearMiss, OwnMachine, Watch } from './verdict.js';
