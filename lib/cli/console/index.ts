/**
 * What every command shares: how it is declared, how its options become a configuration, what it prints, and its exit
 * code. Knows no command and no part of the proxy. Start at `command.ts`.
 */
export {
  addCommand,
  CommandFailure,
  examplesText,
  fail,
  printResult,
  type CommandGroup,
  type CommandSpec,
  type Input,
  type OptionText,
} from './command.js';
export { exitCodes, type ExitName } from './exit-codes.js';
export { hostsFile, namesInHosts, namesInHostsFile } from './hosts-file.js';
export { interruptible } from './interrupt.js';
export { complain, duration, labelled, print, printJson, styleOf, type LabelledLine } from './output.js';
export { PASSWORD_STDIN, PROXY_USER, readPassword, readProxyUser, type ProxyUser } from './password.js';
export { createProgress } from './progress.js';
export { openFiles, readSettings, settle, type Settled } from './settings.js';
export { lineOf, tableOf, type Cell } from './table.js';
