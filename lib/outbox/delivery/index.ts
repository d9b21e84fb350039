/**
 * What the feed of a sink and that of an anchor have in common: records are sent until the receiver has them, with longer
 * and longer waits, and progress is kept in a small file.
 *
 * It does not know where the records come from. Start at `deliver.ts`.
 */
export type { BackoffLimits } from './backoff.js';
export { type Clock, systemClock } from './clock.js';
export { deliver, type DeliveryOptions } from './deliver.js';
export { DeliveryHealth } from './delivery-health.js';
export { readState, type StateReading, type StateWriting, writeState } from './state-file.js';
