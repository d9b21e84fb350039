/**
 * What is under way in the proxy: connections, passing traffic, records on their way to the disk. A stop, a policy
 * change and an operator look through it. Start at `registry.ts`.
 */
export type { ActiveTraffic, TrafficStop } from './active-traffic.js';
export { passingTraffic, type PassingTraffic } from './passing-traffic.js';
export { PendingWork } from './pending-work.js';
export { Registry } from './registry.js';
