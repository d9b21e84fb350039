/**
 * What every part of an instance is given when it is opened: configuration, log, records, and how a start fails. Start
 * at `context.ts`.
 */
export { createRecording, StartError, type AppContext, type Recording, type StartReason } from './context.js';
