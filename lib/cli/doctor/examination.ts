import type { Destination } from '../../address/index.js';
import { inspectJournal, readLast, type ReadLine } from '../../journal/index.js';
import { checkDnsServers } from '../../proxy/index.js';
import { folderSource, loadPolicies } from '../../repository/index.js';
import { errorCode } from '../../system/index.js';
import { supportedNodes, unpackedAt } from '../../app/product/index.js';
import { dayOf } from '../../system/values/index.js';
import { openFiles, type ProxyUser, type Settled } from '../console/index.js';
import { requestStatus } from '../../app/status/index.js';
import { checkInstance, checkListeners, tryDestination } from './live-checks/index.js';
import {
  checkAnchors,
  checkClock,
  checkFiles,
  checkJournal,
  checkNames,
  checkNode,
  checkPolicies,
  checkState,
  checkUsers,
  checkSinks,
  type Finding,
  findingsOf,
  type Installation,
} from './checks/index.js';

/** What is to be examined. */
export interface Examined {
  readonly settled: Settled;
  readonly destinations: readonly Destination[];
  readonly user: ProxyUser;
}

/** All findings, and whether an instance runs. */
export interface Examination {
  readonly findings: readonly Finding[];
  readonly running: boolean;
}

/** How many of the newest records are examined for a jump of the clock. */
const RECORDS = 500;

/** Examines an installation without changing it. Its requests to the proxy are judged and recorded like those of any client. */
export async function examineInstallation({ settled, destinations, user }: Examined): Promise<Examination> {
  const { config, file } = settled;
  const status = await requestStatus(config.state);
  const now = new Date();
  const installation: Installation = { config, status, now };
  const loading = await loadPolicies(folderSource(config.policies), dayOf(now.getTime()));
  const { 'journal.folder': folder, 'journal.key': keyFile } = config;
  const listening = await checkListeners(installation);
  const findings = [
    findingsOf('configuration').ok(file === 'none' ? 'no file: defaults, environment variables and flags' : file),
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
    ...checkNames(await checkDnsServers(config['dns.servers'], config['dns.timeout'])),
    ...checkClock(await newestRecords(folder), new Date(), unpackedAt()),
    ...(await checkAnchors(installation)),
    ...(await checkSinks(installation)),
  ];
  const trial = { open: listening.open, user, loading, config, now };
  const tried: Finding[] = [];
  for (const destination of destinations) tried.push(await tryDestination(destination, trial));
  return { findings: [...findings, ...tried], running: status.kind !== 'not_running' };
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
