/**
 * What the feed of a sink and that of an anchor have in common: records are sent until the receiver has them, with longer
 * and longer waits, and what was reached is kept in a small file.
 *
 * It does not know where the records come from. Start at `delivery-loop.ts`.
 */
export { Backoff, type BackoffLimits } from './backoff.js';
export { type Clock, systemClock } from './clock.js';
export { DeliveryHealth } from './delivery-health.js';
export { DeliveryLoop } from './delivery-loop.js';
export { readState, type StateReading, type StateWriting, writeState } from './state-file.js';
