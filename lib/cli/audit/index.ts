/**
 * `tidegate audit verify` and `tidegate audit keygen`: whether a journal is what was written, told so that an auditor can
 * read it, and the keys that this rests on. The checking itself is the journal room's. Start at `verify.ts`.
 */
export { addKeygenCommand } from './keygen.js';
export { addVerifyCommand } from './verify.js';
