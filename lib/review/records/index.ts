/**
 * The journal's lines as records: found by time, read one by one, and joined into the rows of attempts. Reads only. Start
 * at `records.ts` (records whole, in their order), then `reading.ts` and `rows.ts` (what the other questions make of them).
 */
export { outcomeOf, parseFollowUp, readDecision, readFollowUp, rowOf } from './reading.js';
export type { FollowUp } from './reading.js';
export { readRecords } from './records.js';
export { beginRow } from './rows.js';
export type { AttemptRow, MutableRow, Outcome, StoredRecord } from './rows.js';
