/**
 * The audit trail in the words of others: one journal line becomes one line of ASCII, in our own JSON, Elastic Common
 * Schema, OCSF or CEF. Which of our fields is which of theirs stands in the tables of the room around (`audit/fields`), and
 * in `docs/audit-fields.md`; nothing of a record is lost but in CEF, which has no place for most.
 *
 * What it refuses to know: the journal, and where lines go. Start at `render.ts`, then `summary.ts` (what all formats
 * say of a record) and `leaves.ts` (how the tables are followed).
 */
export { FORMATS, render, type FormatName } from './render.js';
export type { About, Entry } from './summary.js';
