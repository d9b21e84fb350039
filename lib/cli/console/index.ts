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
export {
  complain,
  createProgress,
  duration,
  interruptible,
  labelled,
  lineOf,
  print,
  printJson,
  standardOutput,
  styleOf,
  tableOf,
  UnwrittenOutput,
  type Cell,
  type LabelledLine,
} from './output/index.js';
export { PASSWORD_STDIN, PROXY_USER, readPassword, readProxyUser, type ProxyUser } from './password.js';
export { openFiles, readSettings, settle, type Settled, sourceOf } from './settings.js';
