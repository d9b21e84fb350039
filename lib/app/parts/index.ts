/**
 * The parts of an instance, each opened from the configuration: users, policies, anchors, journal, sinks, metrics, proxy.
 * An opener throws a `StartError` when its part cannot be had. `instance` next door gives the order. Start at
 * `journal-part.ts` or at `proxy-part.ts`.
 */
export { journalPart } from './journal-part.js';
export { metricsPart } from './metrics-part.js';
export { anchorsPart, sinksPart } from './outbox-parts.js';
export { policiesPart } from './policies-part.js';
export { proxyPart } from './proxy-part.js';
export { usersPart } from './users-part.js';
