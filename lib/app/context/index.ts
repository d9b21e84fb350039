/**
 * What every part of an instance is given when it is opened: configuration, log, records, and how a start fails. Start
 * at `context.ts`.
 */
export type { AppContext } from './context.js';
export { createRecording, type Recording } from './recording.js';
export { StartError, type NotStarted, type StartReason } from './start-error.js';
