/**
 * Whether a journal is what was written: the chain of its lines, its tree and its signed checkpoints, and what that proves.
 *
 * Reads only, in constant memory. What it refuses to know: what the lines mean. Start at `verify.ts`.
 */
export { verifyChain, type ChainReport } from './verify.js';
