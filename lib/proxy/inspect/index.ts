/**
 * Inspection of tunnels: TLS hellos, Tentacle handshakes, SSH key exchanges, as far as rules ask. Terminates no encryption:
 * what it reads goes on unchanged, or not at all. Refuses to know rules, records and clients; `context.ts` is what it works
 * with. Start at `inspect.ts`.
 */
export { inspect } from './inspect.js';
export { Prober } from './prober.js';
export type { IdentityProver, Inspected, InspectionContext } from './context.js';
