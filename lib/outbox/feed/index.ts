/**
 * Feeds one sink from the journal's files, at least once and in order, from a cursor that outlives the process. The journal
 * is the only buffer and is never held back: a sink that hangs falls behind, and its status says so.
 *
 * It does not know where the records go and how they are written. Start at `sink-feed.ts`, then `journal-reader.ts`,
 * `resume.ts` and `cursor.ts`.
 */
export { type SinkPosition, writeCursor } from './cursor.js';
export type { JournalSource } from './journal-reader.js';
export type { SinkEvent, SinkStatus } from './progress.js';
export { SinkFeed, type SinkFeedOptions } from './sink-feed.js';
