/**
 * One plain HTTP request sent to its origin, and its response to the client, both rebuilt. Knows HTTP's framing; refuses to
 * know policy, and takes a connection that is open and cleared. Start at `forward.ts`, then `exchange.ts`.
 */
export type { ForwardContext } from './exchange.js';
export { forward } from './forward.js';
