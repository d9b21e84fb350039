import { summariseProblem } from '../../policy/index.js';
import type { AnchorStatus, SinkStatus } from '../../outbox/index.js';
import type { InstanceFacts } from '../facts/index.js';
import type { Status } from './status.js';

/** How many problems of a rejected policy change a status holds. */
const MAX_PROBLEMS = 20;

/** Renders the facts of an instance as its status. */
export function statusOf(facts: InstanceFacts): Status {
  const { version, pid, started, now, stopping, listeners, degraded, checkpoint, users, traffic, limits } = facts;
  const { allowed, denied, refused, failed, unrecorded, wouldDeny } = traffic;
  return {
    version,
    pid,
    started: started.toISOString(),
    now: now.toISOString(),
    degraded,
    stopping,
    listeners,
    policies: policiesOf(facts.policies, facts.openProxy),
    journal: journalOf(facts.journal),
    checkpoint: checkpoint === 'none' ? null : { size: checkpoint.size, at: checkpoint.at.toISOString() },
    anchors: facts.anchors.map(anchorOf),
    sinks: facts.sinks.map(sinkOf),
    users: usersStatus(users),
    connections: connectionsOf(facts),
    attempts: { allowed, would_deny: wouldDeny, denied, refused, failed, unrecorded },
    dns: { cached: traffic.cachedNames, limit: limits.cachedNames },
    log: { dropped: facts.droppedLogLines },
  };
}

function connectionsOf({ traffic, limits }: InstanceFacts): Status['connections'] {
  const { open, largestClient, reached, dropped } = traffic.connections;
  return {
    open,
    tunnels: traffic.openTunnels,
    limit: limits.connections,
    per_client_limit: limits.perClient,
    largest_client: largestClient,
    tentacles: limits.tentacles,
    reached: reached.map(({ limit, client, most, refused, since }) => {
      const of = limit === 'limits.connections' ? null : client;
      return { limit, client: of, most, refused, since: since.toISOString() };
    }),
    dropped,
    gone: traffic.gonePeers,
  };
}

function policiesOf(policies: InstanceFacts['policies'], open: InstanceFacts['openProxy']): Status['policies'] {
  const { folder, revision, rules, warnings, rejected, adoptedAt, checkedAt } = policies;
  return {
    folder,
    revision,
    adopted: adoptedAt.toISOString(),
    checked: checkedAt.toISOString(),
    rules,
    policies: policies.policies.map(({ name, file, mode }) => ({ name, file, mode })),
    warnings: [...(open === 'none' ? [] : [`${open.words}; ${open.remedy}`]), ...warnings.map(summariseProblem)],
    rejected:
      rejected === 'none'
        ? null
        : {
            at: rejected.at.toISOString(),
            problems: rejected.problems.slice(0, MAX_PROBLEMS).map(summariseProblem),
          },
  };
}

function journalOf({ folder, state }: InstanceFacts['journal']): Status['journal'] {
  return { folder, state: state.kind, seq: state.seq, problem: journalProblem(state), removal_held: heldOf(state) };
}

function heldOf(state: InstanceFacts['journal']['state']): Status['journal']['removal_held'] {
  if (state.kind !== 'writing' || state.removalHold === 'none') return null;
  const { why, since, byMs, remainingMs } = state.removalHold;
  return {
    why,
    since,
    by_seconds: Math.round(byMs / 1_000),
    remaining_seconds: Math.ceil(remainingMs / 1_000),
  };
}

function journalProblem(state: InstanceFacts['journal']['state']): string | null {
  if (state.kind === 'closed') return null;
  if (state.kind !== 'writing') return state.detail;
  const failing = [state.rotation, state.maintenance].find((work) => work.kind === 'failing');
  return failing === undefined ? null : failing.detail;
}

function anchorOf({ name, state, accepted, detail }: AnchorStatus): Status['anchors'][number] {
  const newest = accepted === 'none' ? null : { size: accepted.size, at: accepted.at };
  return { name, state, accepted: newest, problem: nullable(detail) };
}

function sinkOf(sink: SinkStatus): Status['sinks'][number] {
  const { name, state, accepted, lag, error, failingMs, missed, refused, skipped } = sink;
  return {
    name,
    state,
    accepted: nullable(accepted),
    lag: { records: lag.records, seconds: Math.round(lag.ms / 1_000) },
    problem: nullable(error),
    failing_seconds: Math.round(failingMs / 1_000),
    missed: { records: missed.records, last: nullable(missed.last) },
    refused: nullable(refused),
    skipped,
  };
}

function nullable<T>(value: T | 'none'): T | null {
  return value === 'none' ? null : value;
}

function usersStatus(users: InstanceFacts['users']): Status['users'] {
  if (users === 'off') return null;
  const { count, challenge, problems, logIns, waiting } = users;
  return { count, challenge, problems, log_ins: { ...logIns, waiting } };
}
