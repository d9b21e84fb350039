import { parseAuthority, type Destination } from '../../address/index.js';
import type { Command } from 'commander';
import {
  askForPassword,
  complain,
  type ExitCode,
  exitCodes,
  isGiven,
  passwordFromInput,
  readSettings,
  say,
  sayJson,
  textOption,
  textsOption,
} from '../console/index.js';
import type { Question } from './asking/index.js';
import { type Finding, findingsOf } from './checks/index.js';
import { examineInstallation } from './examination.js';
import { exitCodeOf, reportJson, reportText } from './report.js';
import { summariseProblem } from '../../text/index.js';

/** `doctor`: examines the installation, and says what is wrong and what to do about it. */
export async function examine(command: Command): Promise<ExitCode> {
  const destinations: Destination[] = [];
  for (const text of textsOption(command, 'try')) {
    const read = parseAuthority(text);
    if (read.kind === 'malformed') return complain(exitCodes.usage, `--try ${text}: ${read.detail}`, 'give host:port');
    destinations.push(read.value);
  }
  const credentials = await credentialsOf(command, destinations.length > 0);
  if (typeof credentials === 'number') return credentials;
  const settled = await readSettings(command);
  if (settled.kind === 'problems') {
    const { problem } = findingsOf('configuration');
    const remedy = 'fix it first: nothing else can be checked before';
    tell(
      command,
      settled.problems.map((each) => problem(summariseProblem(each), remedy)),
    );
    return exitCodes.config;
  }
  const examination = await examineInstallation({ settled, destinations, credentials });
  tell(command, examination.findings);
  return exitCodeOf(examination);
}

function tell(command: Command, findings: readonly Finding[]): void {
  if (isGiven(command, 'json')) sayJson(reportJson(findings));
  else say(reportText(findings));
}

/** The proxy user that destinations are tried as. The password never stands on the command line, where others see it. */
async function credentialsOf(command: Command, tries: boolean): Promise<Question['credentials'] | ExitCode> {
  const user = textOption(command, 'user');
  const variable = textOption(command, 'password-variable');
  if (user === 'none') {
    if (variable === 'none' && !isGiven(command, 'password-stdin')) return 'none';
    return complain(exitCodes.usage, 'a password needs --user NAME');
  }
  if (!tries) return complain(exitCodes.usage, '--user is for destinations to try', 'give --try host:port too');
  if (variable !== 'none') {
    const password = process.env[variable];
    if (password !== undefined) return { user, password };
    return complain(exitCodes.usage, `the variable ${variable} is not set`);
  }
  const given = await (isGiven(command, 'password-stdin') ? passwordFromInput() : askForPassword('Password: '));
  return given.kind === 'password' ? { user, password: given.password } : complain(exitCodes.usage, given.detail);
}
