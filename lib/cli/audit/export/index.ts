/**
 * `tidegate audit export`: records of the journal in another format, to standard output or into a file that is complete
 * or absent. Start at `export.ts`; then `export-output.ts` (where lines go).
 */
export { exportCommand } from './export.js';
