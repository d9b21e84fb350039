/**
 * Where audit records are stored, as review reads them: the {@link Trail} interface, and a journal folder as a trail.
 *
 * A further kind of store (a database that holds the journals of many instances) is one more file here: it implements
 * `Trail` and passes the contract in `test/review/trail/contract.ts`. Start at `trail.ts`.
 */
export { journalTrail } from './journal-trail.js';
export type { SeqRange, Trail } from './trail.js';
