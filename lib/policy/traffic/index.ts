/**
 * Checks of a tunnel's traffic against one rule: server names, thumbprints, host keys. A pin is verified (by the connection
 * or a probe), contradicted or not visible (law 11). It refuses to know other rules, and what follows from a finding. Start
 * at `check-traffic.ts`; `identity.ts` has what all pins share.
 */
export { checkTraffic, wantsProbe } from './check-traffic.js';
export type { Check, Finding, Outcome, TrafficContext } from './finding.js';
