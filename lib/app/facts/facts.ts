import { type Config, formatListen } from '../../config/index.js';
import type { Journal, JournalState, RemovalHold } from '../../journal/index.js';
import type { Proxy, ProxyStatistics } from '../../proxy/index.js';
import type { Repository } from '../../repository/index.js';
import type { Anchors, AnchorStatus, Sinks, SinkStatus } from '../../outbox/index.js';
import { counted } from '../../system/values/index.js';
import { summariseProblem } from '../../text/index.js';
import type { Users } from '../../users/index.js';
import type { Log } from '../log/index.js';
import { ownVersion } from '../product/index.js';
import { openProxy, type OpenProxy } from './open-proxy.js';
import { policyTroubles } from './policy-troubles.js';
import { type Sizing, sizingOf } from './sizing.js';

/** The parts of an instance that facts come from. */
export interface InstanceParts {
  readonly config: Config;
  readonly proxy: Proxy;
  readonly repository: Repository;
  readonly users: Users | 'off';
  readonly journal: Journal;
  readonly sinks: Sinks;
  readonly anchors: Anchors;
  readonly log: Log;
  readonly started: Date;
  /** How many files the process may have open. */
  readonly openFiles: number | 'unknown';
}

/** The users in force, and how their log-ins went since the start. */
interface UsersFacts extends Pick<ReturnType<Users['status']>, 'logIns' | 'waiting'> {
  readonly count: number;
  readonly challenge: Config['users.challenge'];
  readonly problems: readonly string[];
}

/** The state of a running instance at one moment. */
export interface InstanceFacts {
  readonly version: string;
  readonly node: string;
  readonly pid: number;
  readonly started: Date;
  readonly now: Date;
  readonly stopping: boolean;
  readonly listeners: readonly string[];
  readonly policies: ReturnType<Repository['status']>;
  readonly openProxy: OpenProxy | 'none';
  readonly journal: { readonly folder: string; readonly state: JournalState };
  readonly checkpoint: ReturnType<Anchors['newest']>;
  readonly anchors: readonly AnchorStatus[];
  readonly sinks: readonly SinkStatus[];
  readonly users: UsersFacts | 'off';
  readonly traffic: ProxyStatistics;
  readonly limits: { readonly cachedNames: number } & Sizing;
  readonly droppedLogLines: number;
  /** The transports of the log that cannot write now, each with its error. */
  readonly failingLogs: readonly string[];
  /** What an operator should look at; empty if nothing. */
  readonly degraded: readonly string[];
}

/** Collects the facts of an instance. Touches no file and no network. */
export function collectFacts(parts: InstanceParts, stopping: boolean, now: Date): InstanceFacts {
  const { config, proxy, repository, journal, sinks, anchors, log, started, openFiles } = parts;
  const facts = {
    version: ownVersion(),
    node: process.version,
    pid: process.pid,
    started,
    now,
    stopping,
    listeners: proxy.listeners.map(formatListen),
    policies: repository.status(),
    openProxy: openProxy(config, proxy.listeners, repository.current()),
    journal: { folder: config['journal.folder'], state: journal.state() },
    checkpoint: anchors.newest(),
    anchors: anchors.status(),
    sinks: sinks.status(),
    users: usersOf(parts),
    traffic: proxy.statistics(),
    limits: { ...sizingOf(config, openFiles), cachedNames: config['dns.cache'] },
    droppedLogLines: log.dropped(),
    failingLogs: log.failing(),
  };
  return { ...facts, degraded: degradations(facts) };
}

function usersOf({ users, config }: InstanceParts): InstanceFacts['users'] {
  if (users === 'off') return 'off';
  const { users: count, problem, logIns, waiting } = users.status();
  const problems = problem === 'none' ? [] : problem.problems.map(summariseProblem);
  return { count, challenge: config['users.challenge'], problems, logIns, waiting };
}

/** A receiver that is unavailable for longer than this is an alarm; a restart is not. */
const ALARM_MS = 300_000;

/** Names what keeps an instance from its work, or from what it was last configured to do. */
function degradations(facts: Omit<InstanceFacts, 'degraded'>): readonly string[] {
  const { journal, policies, users, anchors, sinks, failingLogs, now } = facts;
  return [
    journalTroubles(journal.state),
    policyTroubles(policies, now),
    usersTroubles(users),
    anchors.flatMap(anchorTroubles),
    sinks.flatMap(sinkTroubles),
    failingLogs.map((failing) => `log transport ${failing}; lines are lost`),
    limitTroubles(facts.traffic.connections.reached),
  ].flat();
}

function usersTroubles(users: InstanceFacts['users']): readonly string[] {
  if (users === 'off' || users.problems.length === 0) return [];
  return ['the changed users file was rejected; the previous users are in force; do not restart: it would not start'];
}

/** How many clients at their limit are named. */
const NAMED = 5;

function limitTroubles(reached: InstanceFacts['traffic']['connections']['reached']): readonly string[] {
  const more = reached.length - NAMED;
  const named = reached.slice(0, NAMED).map(({ limit, client, most, refused }) => {
    const by = limit === 'limits.connections' ? '' : ` by ${client}`;
    return `${limit} (${most}) is reached${by}; further connections are refused, ${refused} so far`;
  });
  return more > 0 ? [...named, `limits.connections-per-client is reached by ${counted(more, 'more client')}`] : named;
}

function journalTroubles(state: JournalState): readonly string[] {
  if (state.kind !== 'writing') return [`the journal is not writable (${state.kind}); all traffic is refused`];
  const { rotation, maintenance, removalHold } = state;
  return [
    rotation.kind === 'working' ? [] : `journal rotation failed: ${rotation.detail}`,
    maintenance.kind === 'working' ? [] : `journal maintenance failed: ${maintenance.detail}`,
    removalHold === 'none' ? [] : holdTrouble(removalHold),
  ].flat();
}

const HOLD_REASONS = {
  jumped: 'the clock jumped',
  far_at_start: 'at the start the clock was far from the newest record',
  unreadable: 'the file that says why is unreadable',
} as const satisfies Record<RemovalHold['why'], string>;

function holdTrouble({ why, since, byMs, remainingMs }: RemovalHold): string {
  const by = why === 'unreadable' ? '' : ` by ${Math.round(byMs / 1_000)} s, at ${since}`;
  const left = `for ${Math.ceil(remainingMs / 60_000)} more minutes of uptime`;
  return `removal by journal.keep-for is held ${left}: ${HOLD_REASONS[why]}${by}`;
}

function anchorTroubles({ name, state, detail }: AnchorStatus): readonly string[] {
  if (state === 'went_back') return [`anchor "${name}": the journal is behind it (possible rollback): ${detail}`];
  if (state !== 'stale') return [];
  return [`anchor "${name}" has not advanced for 5 minutes${detail === 'none' ? '' : `: ${detail}`}`];
}

function sinkTroubles({ name, lag, error, failingMs, missed, refused }: SinkStatus): readonly string[] {
  const late = failingMs > ALARM_MS || lag.ms > ALARM_MS;
  return [
    refused === 'none' ? [] : `sink "${name}" rejects record ${refused}, which blocks later records: ${error}`,
    late && refused === 'none' ? `sink "${name}" is ${counted(lag.records, 'record')} behind: ${error}` : [],
    missed.records === 0
      ? []
      : `sink "${name}" missed ${counted(missed.records, 'record')}, removed from the journal before delivery`,
  ].flat();
}
