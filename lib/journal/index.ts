/**
 * An append-only, durable log with a hash chain, in segment files of ASCII JSON lines: one directory per instance.
 *
 * `append` answers with a receipt when an entry is written whole and fdatasync'ed, or says why it is not; whoever needs
 * proof that something is on disk asks for a {@link Receipt}. `docs/journal-format.md` is for readers in other languages.
 *
 * What it refuses to know: what the entries mean. It has never heard of proxies, policies or attempts.
 *
 * Start at `open.ts`, then `writer.ts` (the life of an entry), `recovery.ts` with `tail.ts` (what a crash may leave) and
 * `lock.ts`. The room inside, `lines`, holds the format and all that reads it. Still to come: the Merkle tree over the
 * lines, beside `batch.ts`; signed checkpoints as lines of the journal's own, and their anchors; retention and compression
 * of segments (reading copes with missing oldest ones already); and the full verification, which goes on from `verify.ts`.
 */
export {
  followJournal,
  hashLine,
  parseLine,
  readBackwards,
  readJournal,
  readLast,
  type Line,
  type ParsedLine,
  type ReadLine,
} from './lines/index.js';
export { openJournal } from './open.js';
export { verifyChain, type ChainReport } from './verify/index.js';
export type { Clock, Entry, Journal, JournalOptions, JournalState, NotWritten, Receipt } from './types.js';
