/**
 * `tidegate audit verify`: whether a journal is what was written, in a report for auditors. The verification itself is
 * the journal room's. Start at `verify.ts`.
 */
export { verifyCommand } from './verify.js';
