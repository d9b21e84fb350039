/**
 * What the commands that read the audit trail share: the options that say which attempts are meant, and the journal of the
 * state folder. Start at `question.ts`.
 */
export { filterOf, withFilter, withJournal } from './question.js';
