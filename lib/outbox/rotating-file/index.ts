/**
 * A file for the operator's log, of bounded size and with a bounded number of older files beside it, as a winston transport.
 *
 * It may lose lines and says how many: what must not be lost goes through a file sink. It does not know what a line means.
 * Start at `file-transport.ts`; `rotating-file.ts` has the file on disk.
 */
export { FileTransport, LostLines } from './file-transport.js';
export { readFileOptions, type FileOptions } from './file-options.js';
