/**
 * The journal's lines as records: found by time, read one by one, and joined into the rows of attempts. Reads only. Start
 * at `records.ts` (records whole, in their order), then `reading.ts` (single records, and the rows of attempts).
 */
export { beginRow, parseOutcome, readDecision, readOutcome, verdictOf } from './reading.js';
export type { AttemptRow, MutableRow, StoredRecord } from './reading.js';
export { readRecords } from './records.js';
