/**
 * The audit trail sent elsewhere: each sink is fed from the journal's files, at least once and in order, from a cursor of
 * its own that outlives the process. The journal is the only buffer, and is never held back: a sink that hangs falls
 * behind, and that is told.
 *
 * What it refuses to know: what a record means, and how it is written (that is handed in). It never changes the journal.
 * Start at `shipper.ts` (the life of a batch), then `reading.ts`, `handover.ts` and `cursor.ts`; the room inside, `sinks`,
 * has the places that records go to.
 */
export { startShipping, type Outlet, type Shipping, type ShippingOptions } from './shipping.js';
export type { SinkParts, SinkTarget } from './sinks/index.js';
export type { Event, SinkStatus } from './standing.js';
