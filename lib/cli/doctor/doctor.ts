import { hostname } from 'node:os';
import { type Destination, parseAuthority } from '../../address/index.js';
import { supportedNodes, unpackedAt } from '../../app/product/index.js';
import { requestStatus } from '../../app/status/index.js';
import { printable } from '../../app/terminal/index.js';
import { inspectJournal, readLast, type ReadLine } from '../../journal/index.js';
import { checkDnsServers } from '../../proxy/index.js';
import { folderSource, loadPolicies } from '../../repository/index.js';
import { errorCode } from '../../system/index.js';
import { dayOf } from '../../system/values/index.js';
import { summariseProblem } from '../../text/index.js';
import {
  type ExitName,
  fail,
  type Input,
  namesInHostsFile,
  openFiles,
  printResult,
  type ProxyUser,
  readProxyUser,
  readSettings,
  type Settled,
} from '../console/index.js';
import {
  checkAnchors,
  checkClock,
  checkFiles,
  checkJournal,
  checkNames,
  checkNode,
  checkPolicies,
  checkSinks,
  checkState,
  checkUsers,
  type Finding,
  findingsOf,
} from './checks/index.js';
import { checkInstance, checkListeners, tryDestination } from './live-checks/index.js';
import { exitOf, reportJson, reportText } from './report.js';
import { withRestart } from './restart.js';

/** How many of the newest records are examined for a jump of the clock. */
const RECORDS = 500;
const { ok, problem } = findingsOf('configuration');

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
  const remedy = 'fix this first: nothing else can be examined, and tidegate not restarted, without it';
  const { findings, exit } =
    settled.kind === 'settled'
      ? await examineInstallation(settled, destinations, user)
      : { findings: settled.problems.map((each) => problem(summariseProblem(each), remedy)), exit: 'config' as const };
  return printResult(input, reportJson(findings), () => reportText(findings), exit);
}

/** Examines an installation without changing it. Its requests to the proxy are judged and recorded like those of any client. */
async function examineInstallation(
  { config, file }: Settled,
  destinations: readonly Destination[],
  user: ProxyUser,
): Promise<{ readonly findings: readonly Finding[]; readonly exit: ExitName }> {
  const status = await requestStatus(config.state);
  const now = new Date();
  const installation = { config, status, now };
  const loading = await loadPolicies(folderSource(config.policies), dayOf(now.getTime()));
  const { 'journal.folder': folder, 'journal.key': keyFile } = config;
  const listening = await checkListeners(installation);
  const found = [
    ok(file === 'none' ? 'no file: defaults, environment variables and flags' : file),
    ...checkNode({
      version: process.version,
      madeFor: supportedNodes(),
      arguments: process.execArgv,
      env: process.env,
    }),
    ...checkInstance(installation),
    checkFiles(installation, openFiles),
    ...listening.findings,
    ...checkPolicies(installation, loading),
    ...(await checkUsers(installation)),
    ...(await checkState(installation)),
    ...checkJournal(installation, await inspectJournal({ directory: folder, keyFile })),
    ...checkNames(await checkDnsServers(config['dns.servers'], config['dns.timeout']), await unusedNames(config)),
    ...checkClock(await newestRecords(folder), new Date(), unpackedAt()),
    ...(await checkAnchors(installation)),
    ...(await checkSinks(installation)),
  ];
  const findings = [...withRestart(found, status.kind !== 'not_running')];
  const trial = { open: listening.open, user, loading, config, now };
  for (const destination of destinations) findings.push(await tryDestination(destination, trial));
  return { findings, exit: exitOf(findings, status.kind !== 'not_running') };
}

/** The names that other programs of this machine know, and tidegate does not. */
async function unusedNames({ hosts }: Settled['config']): Promise<readonly string[]> {
  const listed: ReadonlySet<string> = new Set(hosts.keys());
  return (await namesInHostsFile()).filter((name) => name !== hostname() && !listed.has(name)).map(printable);
}

/** The newest records, as far as they can be read: the check of the journal reports why not. */
async function newestRecords(folder: string): Promise<readonly ReadLine[]> {
  try {
    return await readLast(folder, RECORDS);
  } catch (error) {
    if (errorCode(error) === 'none') throw error;
    return [];
  }
}
