/**
 * Holds what was seen inside a tunnel against what one rule asks: server names, thumbprints, host keys. Three answers for
 * each pin, never two: verified (by the wire or by an own handshake), contradicted, not visible (law 11).
 *
 * What it refuses to know: other rules, and what comes of a finding. That is the judge's. Start at `traffic.ts`;
 * `identity.ts` is what the three kinds of pins have in common.
 */
export { wantsProbe, type Demands } from './demands.js';
export type { Check, Finding, Outcome, Sight, TrafficReason } from './finding.js';
export { findingsOn } from './traffic.js';
