/**
 * What a running tidegate knows of itself, as one value: status, metrics and doctor render this and nothing else. It
 * knows where each fact comes from, and not how it is shown. Start at `facts.ts`.
 */
export { openProxy } from './open-proxy.js';
export { filesFor, sizingOf, type Sizing } from './sizing.js';
export { collectFacts, type InstanceFacts, type InstanceParts } from './facts.js';
