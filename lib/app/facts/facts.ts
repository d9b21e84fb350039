import { type Config, formatListen } from '../../config/index.js';
import type { Journal, JournalState } from '../../journal/index.js';
import type { Proxy, ProxyStatistics } from '../../proxy/index.js';
import type { Repository } from '../../repository/index.js';
import type { Anchors, AnchorStatus, Sinks, SinkStatus } from '../../outbox/index.js';
import { summariseProblem } from '../../text/index.js';
import type { Users } from '../../users/index.js';
import type { Log } from '../log/index.js';
import { ownVersion } from '../product/index.js';
import { degradations } from './degradations.js';

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
  readonly journal: { readonly folder: string; readonly state: JournalState };
  readonly checkpoint: ReturnType<Anchors['newest']>;
  readonly anchors: readonly AnchorStatus[];
  readonly sinks: readonly SinkStatus[];
  readonly users: { readonly count: number; readonly required: boolean; readonly problems: readonly string[] } | 'off';
  readonly traffic: ProxyStatistics;
  readonly limits: { readonly connections: number; readonly cachedNames: number };
  readonly droppedLogLines: number;
  /** What an operator should look at; empty if nothing. */
  readonly degraded: readonly string[];
}

/** Collects the facts of an instance. Touches no file and no network. */
export function collectFacts(parts: InstanceParts, stopping: boolean, now: Date): InstanceFacts {
  const { config, proxy, repository, journal, sinks, anchors, log, started } = parts;
  const facts = {
    version: ownVersion(),
    node: process.version,
    pid: process.pid,
    started,
    now,
    stopping,
    listeners: proxy.listeners.map(formatListen),
    policies: repository.status(),
    journal: { folder: config['journal.folder'], state: journal.state() },
    checkpoint: anchors.newest(),
    anchors: anchors.status(),
    sinks: sinks.status(),
    users: usersOf(parts),
    traffic: proxy.statistics(),
    limits: { connections: config['limits.connections'], cachedNames: config['dns.cache'] },
    droppedLogLines: log.dropped(),
  };
  return { ...facts, degraded: degradations(facts) };
}

function usersOf({ users, config }: InstanceParts): InstanceFacts['users'] {
  if (users === 'off') return 'off';
  const { users: count, problem } = users.status();
  const problems = problem === 'none' ? [] : problem.problems.map(summariseProblem);
  return { count, required: config['users.required'] === true, problems };
}
