/**
 * What every command shares: how it is described and added, how its options become a configuration, how it speaks to
 * whoever typed it, and with which code it ends. Knows no command and no part of the proxy. Start at `described.ts`.
 */
export {
  isGiven,
  openFiles,
  readSettings,
  settle,
  textOption,
  textsOption,
  withRepeated,
  withSettings,
  type Settled,
} from './arguments.js';
export { adding, examplesText, type Adding } from './described.js';
export { exitCodes, type ExitCode } from './exit-codes.js';
export { askForPassword, passwordFromInput, type Given } from './password.js';
export { createProgress, type Progress } from './progress.js';
export { since } from './since.js';
export { lineOf, tableOf, type Cell } from './table.js';
export { complain, say, sayJson, styleOf } from './terminal.js';
