/**
 * What every command shares: how it is declared, how its options become a configuration, what it prints, and its exit
 * code. Knows no command and no part of the proxy. Start at `command.ts`.
 */
export {
  addCommand,
  done,
  examplesText,
  failure,
  printResult,
  type Action,
  type CommandGroup,
  type CommandSpec,
  type Failure,
  type Input,
  type OptionText,
  type Result,
} from './command.js';
export { duration } from './duration.js';
export { exitCodes, type ExitName } from './exit-codes.js';
export { complain, labelled, print, printJson, styleOf, type LabelledLine } from './output.js';
export { PASSWORD_STDIN, PROXY_USER, readPassword, readProxyUser, type ProxyUser } from './password.js';
export { createProgress, type Progress } from './progress.js';
export { openFiles, readSettings, settle, type Settled } from './settings.js';
export { lineOf, tableOf, type Cell } from './table.js';
