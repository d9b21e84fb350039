/**
 * Numbers for Prometheus, and whether the process is well, over HTTP to whoever watches: read only, two paths, nothing
 * that is secret.
 *
 * What it refuses to know: what the numbers mean; they are handed in as families that are read when somebody asks.
 * Start at `exposition.ts`, then `server.ts`.
 */
export { createExposition, type Exposition, type Family, type Reading } from './exposition.js';
export { serveMetrics, type MetricsServer, type MetricsServing } from './server.js';
