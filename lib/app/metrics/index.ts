/**
 * Numbers for Prometheus, and the health of the process, over HTTP: read only, two paths, nothing that is secret. The
 * numbers are rendered from the facts of an instance. Start at `families.ts`, then `exposition.ts` and `server.ts`.
 */
export { createExposition, type Exposition, type Family, type Reading } from './exposition.js';
export { families } from './families.js';
export { serveMetrics, type Health, type MetricsServer, type MetricsServing } from './server.js';
