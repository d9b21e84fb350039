/**
 * An append-only, durable log with a hash chain, in segment files of ASCII JSON lines: one directory per instance.
 *
 * `append` answers with a receipt when an entry is written whole and fdatasync'ed, or says why it is not; whoever needs
 * proof that something is on disk asks for a {@link Receipt}. `docs/journal-format.md` is for readers in other languages.
 *
 * What it refuses to know: what the entries mean. It has never heard of proxies, policies or attempts.
 *
 * Start at `open.ts`, then `writer.ts` (the life of an entry), `recovery.ts` with `tail.ts` (what a crash may leave) and
 * `lock.ts`; reading is `read.ts` and `verify.ts`. Still to come, each a file of its own: the Merkle tree over the lines
 * beside `batch.ts`, signed checkpoints as lines of the journal's own and their anchors, retention and compression of
 * segments (the oldest ones may be missing already), and the full verification that goes on from `verify.ts`.
 */
export { followJournal, type Following } from './follow.js';
export { hashLine, parseLine } from './line.js';
export type { Head, Link, ParsedLine } from './line.js';
export { openJournal } from './open.js';
export {
  readBackwards,
  readJournal,
  readLast,
  type DamagedLine,
  type Line,
  type ReadLine,
  type Wanted,
} from './read.js';
export type { Receipt } from './receipt.js';
export type {
  Clock,
  Damage,
  Entry,
  Journal,
  JournalOptions,
  JournalProblem,
  JournalState,
  Json,
  NotWritten,
} from './types.js';
export { verifyChain, type ChainReport } from './verify.js';
