/**
 * What is under way in the proxy at this moment: connections, traffic that passes, records on their way to the disk. A
 * stop and a policy change look through it; an attempt comes and goes. It refuses to know what the entries are. Start at
 * `registry.ts`.
 */
export { Registry } from './registry.js';
export { PendingWork } from './pending-work.js';
