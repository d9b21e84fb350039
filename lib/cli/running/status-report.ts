import type { Proxy } from '../../proxy/index.js';
import type { Repository } from '../../repository/index.js';
import type { Users } from '../../users/index.js';
import type { Log } from '../log/index.js';
import { type Config, formatListen } from '../../config/index.js';
import type { Journal, JournalState } from '../../journal/index.js';
import { summariseProblem } from '../../policy/index.js';
import type { Anchors, AnchorStatus, Sinks, SinkStatus } from '../../outbox/index.js';
import { ownVersion } from '../console/index.js';
import type { Status } from '../status/index.js';

/** The parts of an instance that a status tells of. */
export interface Reported {
  readonly config: Config;
  readonly proxy: Proxy;
  readonly repository: Repository;
  readonly users: Users | 'off';
  readonly journal: Journal;
  readonly shipping: Sinks;
  readonly anchors: Anchors;
  readonly log: Log;
  readonly started: Date;
}

/** What an instance tells of itself at a moment. */
export function statusOf(instance: Reported, stopping: boolean, now: Date): Status {
  const { proxy, config } = instance;
  const { openConnections, openTunnels, cachedNames, wouldDeny, ...counts } = proxy.statistics();
  const { allowed, denied, refused, failed, unrecorded } = counts;
  return {
    version: ownVersion(),
    pid: process.pid,
    started: instance.started.toISOString(),
    now: now.toISOString(),
    degraded: degradations(instance),
    stopping,
    listeners: proxy.listeners.map(formatListen),
    policies: policiesOf(instance),
    journal: { folder: config.journal.folder, ...journalOf(instance.journal.state()) },
    checkpoint: checkpointOf(instance),
    anchors: instance.anchors.status().map(anchorOf),
    sinks: instance.shipping.status().map(sinkOf),
    users: usersOf(instance),
    connections: { open: openConnections, tunnels: openTunnels, limit: config.limits.connections },
    attempts: { allowed, would_deny: wouldDeny, denied, refused, failed, unrecorded },
    dns: { cached: cachedNames, limit: config.dns.cache },
    log: { dropped: instance.log.dropped() },
  };
}

function policiesOf({ repository }: Reported): Status['policies'] {
  const { folder, revision, rules, policies, warnings, rejected, adoptedAt, checkedAt } = repository.status();
  return {
    folder,
    revision,
    adopted: adoptedAt.toISOString(),
    checked: checkedAt.toISOString(),
    rules,
    policies: policies.map(({ name, file, mode }) => ({ name, file, mode })),
    warnings: warnings.map(summariseProblem),
    rejected:
      rejected === 'none'
        ? null
        : { at: rejected.at.toISOString(), problems: rejected.problems.slice(0, 20).map(summariseProblem) },
  };
}

function journalOf(state: JournalState): Omit<Status['journal'], 'folder'> {
  switch (state.kind) {
    case 'writing':
      return {
        state: 'writing',
        seq: state.seq,
        problem: [state.rotationProblem, state.maintenanceProblem].find((problem) => problem !== 'none') ?? null,
      };
    case 'full':
    case 'failed':
      return { state: state.kind, seq: state.seq, problem: state.detail };
    case 'closed':
      return { state: 'closed', seq: state.seq, problem: null };
  }
}

function checkpointOf({ anchors }: Reported): Status['checkpoint'] {
  const newest = anchors.newest();
  return newest === 'none' ? null : { size: newest.size, at: newest.at.toISOString() };
}

function anchorOf({ name, state, accepted, detail }: AnchorStatus): Status['anchors'][number] {
  return {
    name,
    state,
    accepted: accepted === 'none' ? null : { size: accepted.size, at: accepted.at },
    problem: detail === 'none' ? null : detail,
  };
}

function anchorTroubles({ name, state, detail }: AnchorStatus): readonly string[] {
  if (state === 'went_back') return [`the anchor ${name} has another history: ${detail}`];
  if (state !== 'stale') return [];
  return [`the anchor ${name} has not advanced for five minutes${detail === 'none' ? '' : `: ${detail}`}`];
}

function sinkOf({
  name,
  state,
  accepted,
  lag,
  error,
  failingMs,
  missed,
  refused,
  skipped,
}: SinkStatus): Status['sinks'][number] {
  return {
    name,
    state,
    accepted: accepted === 'none' ? null : accepted,
    lag: { records: lag.records, seconds: Math.round(lag.ms / 1_000) },
    problem: error === 'none' ? null : error,
    failing_seconds: Math.round(failingMs / 1_000),
    missed: { records: missed.records, last: missed.last === 'none' ? null : missed.last },
    refused: refused === 'none' ? null : refused,
    skipped,
  };
}

/** A receiver that is restarted is no alarm; one that stays away is. */
const PATIENCE_MS = 300_000;

function sinkTroubles({ name, lag, error, failingMs, missed, refused }: SinkStatus): readonly string[] {
  const late = failingMs > PATIENCE_MS || lag.ms > PATIENCE_MS;
  return [
    ...(refused === 'none' ? [] : [`the sink ${name} refuses record ${refused}, and those after it wait: ${error}`]),
    ...(late && refused === 'none' ? [`the sink ${name} is ${lag.records} records behind: ${error}`] : []),
    ...(missed.records === 0 ? [] : [`the sink ${name} never got ${missed.records} records: they were removed before`]),
  ];
}

function usersOf({ users, config }: Reported): Status['users'] {
  if (users === 'off' || config.users.kind === 'off') return null;
  const { users: count, problem } = users.status();
  return { count, required: config.users.required, problems: problem === 'none' ? [] : [...problem.problems] };
}

/** What keeps the instance from doing its work, or from doing what it was last told. */
export function degradations({ journal, repository, users, shipping, anchors }: Reported): string[] {
  const state = journal.state();
  const { rotationProblem: rotation, maintenanceProblem: upkeep } =
    state.kind === 'writing' ? state : { rotationProblem: 'none', maintenanceProblem: 'none' };
  return [
    ...(state.kind === 'writing' ? [] : [`the journal is not being written (${state.kind}): nothing gets out`]),
    ...(rotation === 'none' ? [] : [`a new journal file cannot be begun: ${rotation}`]),
    ...(upkeep === 'none' ? [] : [`the journal's files cannot be looked after: ${upkeep}`]),
    ...(repository.status().rejected === 'none'
      ? []
      : ['the last policy change was refused: an older set is in force']),
    ...(users === 'off' || users.status().problem === 'none'
      ? []
      : ['the changed users file was refused: an older one is in force']),
    ...anchors.status().flatMap(anchorTroubles),
    ...shipping.status().flatMap(sinkTroubles),
  ];
}
