/**
 * `tidegate audit export`: records of the journal in a format of others, to standard output or into a file that is whole
 * or not there. Start at `export-command.ts`; then `output.ts` (where lines go).
 */
export { addExportCommand } from './export-command.js';
