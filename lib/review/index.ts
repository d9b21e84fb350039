/**
 * Questions over the journal: which attempts there were, what became of one, what is event now. Reads only, in
 * constant memory, and never takes the journal's lock, so it can be asked while tidegate runs. Knows nothing of faces:
 * the command line and the review page ask the same questions. Start at `list.ts`.
 */
export { EVERYTHING, readFilter } from './filter/index.js';
export type { DestinationPattern, Filter, FilterProblem, FilterReading, FilterTexts } from './filter/index.js';
export { FOLD_SECONDS, foldRepeats } from './fold.js';
export { followAttempts } from './follow.js';
export type { AttemptEvent } from './follow.js';
export { listAttempts } from './list.js';
export type { Listing, ListOptions } from './list.js';
export { closeAfterCrash, openAttempts } from './open-attempts.js';
export type { OpenAttempt, OpenAttemptsRange } from './open-attempts.js';
export { proposePins } from './pins.js';
export type { PinProposal } from './pins.js';
export { readRecords } from './records/index.js';
export type { AttemptRow, Outcome, StoredRecord } from './records/index.js';
export { showAttempt } from './show.js';
export type { AttemptLookup, ShownRecord } from './show.js';
export { journalTrail } from './trail/index.js';
export type { DamagedLine, LineRange, ReadOptions, Trail, TrailLine, WholeLine } from './trail/index.js';
