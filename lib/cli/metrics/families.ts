import type { Anchors, Sinks } from '../../outbox/index.js';
import type { Journal } from '../../journal/index.js';
import type { Family, Reading } from '../../metrics/index.js';
import type { Proxy } from '../../proxy/index.js';
import type { Repository } from '../../repository/index.js';
import { anchorFamilies, sinkFamilies } from './outside.js';

/** The parts that are measured. */
export interface Measured {
  readonly version: string;
  readonly started: Date;
  readonly limits: { readonly connections: number; readonly names: number };
  readonly proxy: Proxy;
  readonly repository: Repository;
  readonly journal: Journal;
  readonly shipping: Sinks;
  readonly anchors: Anchors;
  /** What an operator should look at. */
  readonly degraded: () => readonly string[];
  readonly droppedLogLines: () => number;
}

/** Every family of numbers. Times are those when something happened: how long ago that is, whoever asks works out. */
export function familiesOf(measured: Measured): readonly Family[] {
  return [
    ...ofProcess(measured),
    ...ofProxy(measured),
    ...ofPolicies(measured),
    ...ofJournal(measured),
    ...anchorFamilies(() => measured.anchors.status()),
    ...sinkFamilies(() => measured.shipping.status()),
  ];
}

function ofProcess({ version, started, degraded, droppedLogLines }: Measured): readonly Family[] {
  const about = { version, node: process.version };
  return [
    gauge('tidegate_info', 'Which tidegate this is; always 1.', ['version', 'node'], () => [
      { labels: about, value: 1 },
    ]),
    one('tidegate_started_timestamp_seconds', 'When it started.', () => seconds(started)),
    one(
      'tidegate_degraded',
      'How many things an operator should look at; tidegate status names them.',
      () => degraded().length,
    ),
    counter('tidegate_log_lines_dropped_total', "Lines of the operator's log that were lost.", [], () => [
      { value: droppedLogLines() },
    ]),
  ];
}

function ofProxy({ proxy, limits }: Measured): readonly Family[] {
  const counts = (): ReturnType<Proxy['statistics']> => proxy.statistics();
  return [
    counter('tidegate_attempts_total', 'Attempts to get out, by what was decided.', ['verdict'], () => {
      const { allowed, denied, refused, failed } = counts();
      return by('verdict', { allowed, denied, refused, failed });
    }),
    counter(
      'tidegate_attempts_would_deny_total',
      'Allowed attempts that would be denied if policy enforced.',
      [],
      () => [{ value: counts().wouldDeny }],
    ),
    counter(
      'tidegate_attempts_unrecorded_total',
      'Attempts turned away because they could not be recorded.',
      [],
      () => [{ value: counts().unrecorded }],
    ),
    counter(
      'tidegate_checks_total',
      'Facts of tunnels that ended, by what holding them against the rule came to; a mismatch may have passed by observe.',
      ['fact', 'outcome'],
      () =>
        Object.entries(counts().checks).flatMap(([fact, outcomes]) =>
          by('outcome', outcomes).map(({ labels, value }) => ({ labels: { fact, ...labels }, value })),
        ),
    ),
    counter(
      'tidegate_bytes_total',
      'Bytes of attempts that ended, and of long ones as far as recorded: out is from client to destination.',
      ['direction'],
      () => by('direction', { out: counts().bytesOut, in: counts().bytesIn }),
    ),
    one('tidegate_connections_open', 'Open client connections.', () => counts().openConnections),
    one('tidegate_connections_limit', 'Client connections that may be open at once.', () => limits.connections),
    one('tidegate_tunnels_open', 'Open tunnels.', () => counts().openTunnels),
    one('tidegate_dns_cached_names', 'Names in the DNS cache.', () => counts().cachedNames),
    one('tidegate_dns_cache_limit', 'Names that the DNS cache may hold.', () => limits.names),
  ];
}

function ofPolicies({ repository }: Measured): readonly Family[] {
  return [
    gauge('tidegate_policy_info', 'The policy revision in force; always 1.', ['revision'], () => [
      { labels: { revision: repository.status().revision }, value: 1 },
    ]),
    one('tidegate_policy_rules', 'Rules in force.', () => repository.status().rules),
    one('tidegate_policy_adopted_timestamp_seconds', 'When the revision in force was adopted.', () =>
      seconds(repository.status().adoptedAt),
    ),
    one('tidegate_policy_checked_timestamp_seconds', 'When the policy folder was last looked at.', () =>
      seconds(repository.status().checkedAt),
    ),
    one('tidegate_policy_rejected', '1 if the last change was refused and an older revision is in force.', () =>
      repository.status().rejected === 'none' ? 0 : 1,
    ),
  ];
}

const STATES = ['writing', 'full', 'failed', 'closed'] as const;

function ofJournal({ journal, anchors }: Measured): readonly Family[] {
  return [
    gauge(
      'tidegate_journal_state',
      '1 for the state the journal is in; nothing gets out unless it is writing.',
      ['state'],
      () => STATES.map((state) => ({ labels: { state }, value: journal.state().kind === state ? 1 : 0 })),
    ),
    one('tidegate_journal_records', 'The last record that is on disk.', () => journal.state().seq),
    gauge('tidegate_checkpoint_records', 'Records that the newest signed checkpoint speaks of.', [], () => {
      const newest = anchors.newest();
      return newest === 'none' ? [] : [{ value: newest.size }];
    }),
    gauge('tidegate_checkpoint_timestamp_seconds', 'When the newest checkpoint was on disk.', [], () => {
      const newest = anchors.newest();
      return newest === 'none' ? [] : [{ value: seconds(newest.at) }];
    }),
  ];
}

function one(name: string, help: string, value: () => number): Family {
  return gauge(name, help, [], () => [{ value: value() }]);
}

function gauge(name: string, help: string, labels: readonly string[], read: Family['read']): Family {
  return { name, help, type: 'gauge', labels, read };
}

function counter(name: string, help: string, labels: readonly string[], read: Family['read']): Family {
  return { name, help, type: 'counter', labels, read };
}

function by(label: string, values: Readonly<Record<string, number>>): Reading[] {
  return Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));
}

function seconds(time: Date): number {
  return time.getTime() / 1_000;
}
