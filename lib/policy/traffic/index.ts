/**
 * Checks of what was seen inside a tunnel against what one rule requires: server names, thumbprints, host keys. Three
 * results for each pin, never two: verified (by the connection or by a probe), contradicted, not visible (law 11).
 *
 * It refuses to know other rules, and what follows from a finding: that is the judge's. Start at `check-traffic.ts`;
 * `identity.ts` is what the three kinds of pins have in common.
 */
export { checkTraffic, wantsProbe } from './check-traffic.js';
export type { Check, Finding, Outcome, TrafficContext } from './finding.js';
