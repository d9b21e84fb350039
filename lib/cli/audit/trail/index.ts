/**
 * What the commands that read the audit trail share: the options that select attempts, and the journal of the state
 * folder. Start at `filter-options.ts`.
 */
export { filterOf, FILTER_OPTIONS, WRITTEN_FILTER_OPTIONS } from './filter-options.js';
export { withJournal } from './with-journal.js';
