/**
 * A look inside tunnels: TLS hellos, Tentacle handshakes, SSH key exchanges, as far as rules want to see them. Ends
 * nobody's encryption: what it reads goes on unchanged, or not at all. Refuses to know rules, records and who asks; it
 * is handed two questions for them (`proceed`, `prove`). Start at `inspect.ts`; `context.ts` is what it works with.
 */
export { inspect } from './inspect.js';
export { Prober } from './prober.js';
export type { Inspected, IdentityProver, InspectionContext } from './context.js';
