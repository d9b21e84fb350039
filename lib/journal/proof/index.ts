/**
 * What makes later changes to a log show: the Merkle tree over its lines, and signed statements about it.
 *
 * Pure values, but for the key files. What it refuses to know: where lines come from and where notes go. Formats are public
 * ones, so that other software can check them: RFC 6962 trees, C2SP signed notes and checkpoints, Ed25519 keys.
 *
 * Start at `tree.ts` (how a tree grows), then `checkpoint.ts` (a statement about it) and `note.ts` (how it is signed).
 */
export { parseCheckpoint, readCheckpointContent, type Checkpoint, type SignedCheckpoint } from './checkpoint.js';
export { generateKeyFile, writePublicKey } from './key-files.js';
export { parseVerifierKey, type SigningKey, type VerifierKey } from './keys.js';
export { judgeNote, parseNote, type Note } from './note.js';
export {
  readOrCreateKey,
  readSuccessorKey,
  readSigningKey,
  signCheckpoint,
  type KeyFound,
  type Signers,
} from './signing.js';
export { EMPTY_RANGE, hashLeaf, push, rootOf, type CompactRange, type Hash } from './tree.js';
