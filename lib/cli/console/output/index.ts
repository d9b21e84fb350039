/**
 * What commands print, and whether all of it arrived: standard output as a pipe, a terminal or a file, which may be full.
 * Knows no command. Start at `print.ts`; then `standard-output.ts` (what becomes of errors).
 */
export { interruptible } from './interrupt.js';
export { complain, duration, labelled, print, printJson, styleOf, type LabelledLine } from './print.js';
export { createProgress } from './progress.js';
export { standardOutput, UnwrittenOutput } from './standard-output.js';
export { lineOf, tableOf, type Cell } from './table.js';
