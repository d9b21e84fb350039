/**
 * What the commands that read the audit trail share: the options that select attempts, and the journal of the state
 * folder. Start at `trail.ts`.
 */
export { filterOf, FILTER_OPTIONS, withJournal, WRITTEN_FILTER_OPTIONS } from './trail.js';
