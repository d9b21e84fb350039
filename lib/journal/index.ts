/**
 * An append-only, durable log with a hash chain, in segment files of ASCII JSON lines: one directory per instance.
 *
 * `append` answers with a receipt when an entry is written whole and fdatasync'ed, or says why it is not; a caller that needs
 * proof that something is on disk asks for a {@link Receipt}. `docs/journal-format.md` is for readers in other languages.
 *
 * What it refuses to know: what the entries mean. It has never heard of proxies, policies or attempts.
 *
 * Start at `open.ts`, then `writer/writer.ts` (the life of an entry). The rooms inside: `bytes` reads segments, `lines` holds the format and its
 * readers, `proof` the tree and what is signed about it, `recovery` what a crash may leave, `retention` the compression and
 * removal of closed segments, `verify` whether the lines are what was written, `disk` every change to files, and the lock.
 * `administration.ts` changes a journal that no process writes, on an administrator's order.
 */
export {
  followJournal,
  hashLine,
  LINE_START,
  parseLine,
  readBackwards,
  readJournal,
  readLast,
  type Line,
  type ParsedLine,
  type ReadLine,
  type ReadRange,
} from './lines/index.js';
export { acceptGap, releaseRemoval, rotateKey, type GapAccepted } from './administration.js';
export { checkFormat } from './format.js';
export { inspectJournal, type Inspection, type InspectionFailure } from './inspection.js';
export { openJournal } from './open.js';
export type { RemovalHold } from './disk/index.js';
export type { ClockEvent } from './retention/index.js';
export { generateKeyFile, parseVerifierKey, type VerifierKey } from './proof/index.js';
export {
  readAnchors,
  verifyJournal,
  type Anchor,
  type FaultKind,
  type KeyUse,
  type Notice,
  type Verification,
  type VerifyOptions,
} from './verify/index.js';
export type { Journal, JournalOptions, JournalProblem } from './options.js';
export type { Clock, Entry, JournalState, NotWritten, Receipt, ReserveShare } from './writer/index.js';
