import type { Attempt, Observation } from '../attempt/index.js';

/**
 * Says what the traffic proves about itself before it may pass. A plain HTTP request has been read whole already; what
 * is inside a tunnel is not looked at by this version, and the record says so (`not_checked`, law 11).
 */
export function inspect(attempt: Attempt): Observation {
  const { intent } = attempt;
  if (intent.kind === 'forward') return { protocol: 'http', method: intent.method, path: intent.path };
  return { protocol: 'not_checked' };
}
