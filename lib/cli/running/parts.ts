import type { Anchors } from '../../outbox/index.js';
import { type Config, formatListen } from '../../config/index.js';
import { type Journal, openJournal } from '../../journal/index.js';
import { formatProblem, type Problem, summariseProblem } from '../../policy/index.js';
import { type Authentication, createProxy, type ListenAddress, type Proxy } from '../../proxy/index.js';
import { openRepository, type Repository } from '../../repository/index.js';
import { openUsers, type Users } from '../../users/index.js';
import { exitCodes, type ExitCode } from '../console/index.js';
import type { Log } from '../log/index.js';
import type { Recording } from './recording.js';

/** What kept tidegate from starting: thrown by the openers here, so that the start reads straight down. */
export class NotStarted extends Error {
  readonly code: ExitCode;
  /** What to show below the message, line by line. */
  readonly more: readonly string[];

  constructor(code: ExitCode, what: string, more: readonly string[] = []) {
    super(what);
    this.code = code;
    this.more = more;
  }
}

/** What every part may need: what was said, where to tell the operator, where to record. */
export interface Surroundings {
  readonly config: Config;
  readonly log: Log;
  readonly recording: Recording;
  /** The folder of the configuration file, where packages are looked for first. */
  readonly folder: string;
}

/** Opens the users file, if one was named. Throws {@link NotStarted}. */
export async function usersPart({ config, log, recording }: Surroundings): Promise<Users | 'off'> {
  if (config.users.kind === 'off') return 'off';
  const users = await openUsers(config.users.path, {
    onReload: (count) => {
      log.info('users loaded', { users: count });
      void recording.record({ kind: 'admin', action: 'users_loaded', detail: `${count} users` });
    },
    onProblem: ({ problems }) => log.error('the changed users file is refused, the last good one stays', { problems }),
    onFault: (error) => log.error('a fault in looking at the users file', { error }),
    now: () => performance.now(),
  });
  if (users.kind === 'users') return users;
  throw new NotStarted(exitCodes.config, 'the users file cannot be used', users.problems);
}

/** Opens the policies and follows their folder. `onChange` is called after another set has come into force. Throws {@link NotStarted}. */
export async function policiesPart(
  { config, log, recording }: Surroundings,
  onChange: () => void,
): Promise<Repository> {
  const repository = await openRepository({
    folder: config.policies,
    onAdopted: ({ set, previous, warnings }) => {
      const { revision, ruleCount: rules } = set;
      log.info('policies adopted', { revision, previous, rules });
      warn(log, warnings);
      void recording.record({ kind: 'policy', outcome: 'adopted', revision, previous, rules, problems: [] });
      onChange();
    },
    onRejected: (rejection) => {
      const problems = rejection.problems.map(summariseProblem);
      log.error('a policy change is refused, the last good set stays in force', { problems });
      const { revision, rules } =
        repository.kind === 'repository' ? repository.status() : { revision: 'none', rules: 0 };
      void recording.record({ kind: 'policy', outcome: 'rejected', revision, previous: revision, rules, problems });
    },
    onFault: (error) => log.error('a fault in following the policies', { error }),
  });
  if (repository.kind === 'repository') {
    warn(log, repository.status().warnings);
    return repository;
  }
  const told = repository.problems.map(formatProblem);
  if (repository.why === 'folder_unreadable') {
    throw new NotStarted(exitCodes.unreadable, `the policies in ${config.policies} cannot be read`, told);
  }
  throw new NotStarted(exitCodes.config, `the policies in ${config.policies} have problems`, told);
}

/** Opens the journal, whose checkpoints go to the anchors. Throws {@link NotStarted}. */
export async function journalPart(
  { config, recording }: Surroundings,
  { onCheckpoint, anchoredSize }: Pick<Anchors, 'onCheckpoint' | 'anchoredSize'>,
): Promise<Journal> {
  const { folder, ...how } = config.journal;
  const journal = await openJournal({ directory: folder, ...how, onCheckpoint, anchoredSize });
  switch (journal.kind) {
    case 'journal':
      recording.into(journal);
      return journal;
    case 'locked': {
      const holder = journal.pid === 'not_visible' ? 'another instance' : `another instance (process ${journal.pid})`;
      throw new NotStarted(exitCodes.locked, `${holder} uses the journal in ${folder}`, [
        journal.detail,
        journal.remedy,
      ]);
    }
    case 'unwritable':
      throw new NotStarted(exitCodes.cannotWrite, `the journal in ${folder} cannot be written (${journal.code})`, [
        journal.detail,
        journal.remedy,
      ]);
    case 'wrong_key':
      throw new NotStarted(exitCodes.config, `the journal in ${folder} cannot be signed`, [
        journal.detail,
        journal.remedy,
      ]);
    case 'damaged':
      throw new NotStarted(exitCodes.config, `the journal in ${folder} is damaged`, [
        `${journal.segment}, line ${journal.line}, record ${journal.seq}: ${journal.detail}`,
        journal.remedy,
      ]);
  }
}

/** Opens the listeners. From here on clients are served. Throws {@link NotStarted}. */
export async function proxyPart(
  { config, log }: Surroundings,
  users: Users | 'off',
  repository: Repository,
  journal: Journal,
  otherListeners: readonly ListenAddress[],
): Promise<Proxy> {
  const { timeouts, limits, dns } = config;
  const proxy = await createProxy({
    listen: config.listen,
    otherListeners,
    policy: repository.current,
    journal,
    authentication: authenticationOf(config, users),
    resolver: { servers: dns.servers, cacheEntries: dns.cache, hosts: config.hosts },
    times: {
      head: timeouts.headMs,
      idle: timeouts.idleMs,
      dns: dns.timeoutMs,
      dial: timeouts.dialMs,
      answer: timeouts.answerMs,
      response: timeouts.responseMs,
      stalled: timeouts.stalledMs,
      tunnelIdle: timeouts.tunnelIdleMs,
      halfClosed: timeouts.halfClosedMs,
      hello: timeouts.helloMs,
      handshake: timeouts.handshakeMs,
      probe: timeouts.probeMs,
      probeMemory: timeouts.probeMemoryMs,
      progress: config.progressMs,
    },
    connections: { total: limits.connections, perClient: limits.connectionsPerClient },
    revocation: config.revocation,
    log,
    now: () => new Date(),
  });
  if (proxy.kind === 'proxy') return proxy;
  const remedy = remedies[proxy.code] ?? 'choose another address with --listen';
  throw new NotStarted(exitCodes.cannotListen, `cannot listen on ${formatListen(proxy.address)} (${proxy.code})`, [
    remedy,
  ]);
}

const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something listens there already: stop it, or choose another port with --listen',
  EACCES: 'this account may not listen there: ports below 1024 need a privilege, choose another with --listen',
  EADDRNOTAVAIL: 'this machine has no such address: choose one of its own with --listen',
};

function authenticationOf({ users: said }: Config, users: Users | 'off'): Authentication {
  if (users === 'off' || said.kind === 'off') return { kind: 'off' };
  return { kind: said.required ? 'required' : 'optional', users };
}

function warn(log: Log, warnings: readonly Problem[]): void {
  for (const warning of warnings) log.warn('policy warning', { detail: summariseProblem(warning) });
}
