/**
 * An attempt's papers: what is known of it so far, its decision record before anything leaves, its close record at the
 * end, each written at most once. Knows no socket's bytes and decides nothing. Start at `trip.ts`.
 */
export type { Ending, Tally, TripSupport } from './support.js';
export { Trip } from './trip.js';
