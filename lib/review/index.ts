/**
 * Questions over the journal: which attempts there were, what became of one, what happens now. Reads only, in
 * constant memory, and never takes the journal's lock, so it can be asked while tidegate runs. Knows nothing of faces:
 * the command line and the review page ask the same questions. Start at `list.ts`.
 */
export { inRange, readFilter, selectsDestination, selectsRule, type Filter, type FilterTexts } from './filter/index.js';
export { FOLD_SECONDS } from './fold.js';
export { followAttempts, type AttemptEvent } from './follow.js';
export { listAttempts } from './list.js';
export { closeEndless, endlessAttempts } from './endless-attempts.js';
export { proposePins, type PinProposal } from './pins.js';
export { readRecords, verdictOf, type AttemptRow } from './records/index.js';
export { showAttempt, type AttemptLookup, type ShownRecord } from './show.js';
export { journalTrail, type Trail } from './trail/index.js';
