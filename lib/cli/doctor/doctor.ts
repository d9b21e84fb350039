import { parseAuthority, type Destination } from '../../address/index.js';
import { type ExitName, fail, type Input, readProxyUser, readSettings, printResult } from '../console/index.js';
import { summariseProblem } from '../../text/index.js';
import { type Finding, findingsOf } from './checks/index.js';
import { examineInstallation } from './examination.js';
import { exitOf, reportJson, reportText } from './report.js';

/** `doctor`: examines the installation, and names each problem with its remedy. */
export async function examine(input: Input): Promise<ExitName> {
  const destinations: Destination[] = [];
  for (const text of input.texts('try')) {
    const read = parseAuthority(text);
    if (read.kind === 'malformed') fail('usage', `invalid --try "${text}": ${read.detail}`, 'use host:port');
    destinations.push(read.value);
  }
  if (input.has('user') && destinations.length === 0) fail('usage', '--user requires --try host:port');
  const user = await readProxyUser(input);
  const settled = await readSettings(input);
  if (settled.kind === 'problems') {
    const { problem } = findingsOf('configuration');
    const remedy = 'fix this first: nothing else can be examined without it';
    const findings = settled.problems.map((each) => problem(summariseProblem(each), remedy));
    return printReport(input, findings, 'config');
  }
  const examination = await examineInstallation({ settled, destinations, user });
  return printReport(input, examination.findings, exitOf(examination));
}

function printReport(input: Input, findings: readonly Finding[], exit: ExitName): ExitName {
  return printResult(input, reportJson(findings), () => reportText(findings), exit);
}
