/**
 * The limits of client connections: whether another one is served, and which limits are reached. Knows no socket: it counts
 * what comes and goes. Start at `connection-limits.ts`.
 */
export { ConnectionLimits, type ConnectionCounts, type OverLimit } from './connection-limits.js';
export { limitLog } from './limit-log.js';
export type { ReachedLimit } from './reached-limits.js';
