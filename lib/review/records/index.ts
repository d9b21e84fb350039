/**
 * The journal's lines as records: found by time, read one by one, and joined into the rows of attempts. Reads only. Start
 * at `records.ts` (records whole, in their order), then `reading.ts` and `rows.ts` (what the other questions make of them).
 */
export { outcomeOf, parseLater, readDecision, readLater, rowOf } from './reading.js';
export type { Later } from './reading.js';
export { rangeOfRecords, readRecords } from './records.js';
export type { SeqRange } from './records.js';
export { beginRow } from './rows.js';
export type { AttemptRow, GrowingRow, Outcome, Placed } from './rows.js';
export { hourAfter, hourBefore, seqNear } from './times.js';
