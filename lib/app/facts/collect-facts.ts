import { formatListen } from '../../config/index.js';
import { summariseProblem } from '../../text/index.js';
import { ownVersion } from '../product/index.js';
import { degradations } from './degradations.js';
import type { InstanceFacts, InstanceParts } from './facts.js';

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
