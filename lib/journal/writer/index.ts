/**
 * The writer of a journal: entries become numbered, chained lines ahead of the disk, go there in batches, and each is
 * answered with a receipt when its batch is synced, or with the reason why it is not on disk.
 *
 * It knows nothing of recovery, nor of closed segments. Start at `writer.ts`, then `chain.ts` (lines ahead of the
 * disk) and `batch.ts`.
 */
export type { DurableState } from './batch.js';
export type { Entry, JournalState, NotWritten, Receipt, ReserveShare } from './entry.js';
export { createSegment } from './rotation.js';
export type { WriterOptions, WriterParts } from './settings.js';
export { dayOf, systemClock, type Clock } from './stamper.js';
export { Writer } from './writer.js';
