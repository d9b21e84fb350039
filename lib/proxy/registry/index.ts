/**
 * What is under way in the proxy: connections, passing traffic, records on their way to the disk. A stop and a policy
 * change look through it. Start at `registry.ts`.
 */
export type { ActiveTraffic } from './active-traffic.js';
export { PendingWork } from './pending-work.js';
export { Registry } from './registry.js';
