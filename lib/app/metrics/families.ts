import type { AnchorStatus, SinkStatus } from '../../outbox/index.js';
import type { InstanceFacts } from '../facts/index.js';
import type { Family, Reading } from './exposition.js';

const LIMITS = ['limits.connections', 'limits.connections-per-client'] as const;
const JOURNAL_STATES = ['writing', 'full', 'failed', 'closed'] as const;

/**
 * Every family of numbers, rendered from the facts of an instance. Times are those when something happened: monitoring
 * works out how long ago that is.
 */
export const families: readonly Family<InstanceFacts>[] = [
  gauge('tidegate_info', 'Version of tidegate and of Node; always 1.', ['version', 'node'], ({ version, node }) => [
    { labels: { version, node }, value: 1 },
  ]),
  one('tidegate_started_timestamp_seconds', 'Time of the start.', ({ started }) => seconds(started)),
  one(
    'tidegate_degraded',
    'Number of problems that need an operator; tidegate status lists them.',
    ({ degraded }) => degraded.length,
  ),
  total('tidegate_log_lines_dropped_total', 'Dropped lines of the operator log.', (facts) => facts.droppedLogLines),
  counter(
    'tidegate_attempts_total',
    'Attempts by final verdict; each is counted once, an open tunnel when its traffic passes.',
    ['verdict'],
    ({ traffic }) => {
      const { allowed, denied, refused, failed } = traffic;
      return by('verdict', { allowed, denied, refused, failed });
    },
  ),
  counter(
    'tidegate_refusals_total',
    'Attempts that did not pass, by final verdict and reason; too_many_from_client and too_many_connections are limits.',
    ['verdict', 'reason'],
    ({ traffic }) =>
      Object.entries(traffic.reasons).flatMap(([verdict, reasons]) => by('reason', reasons, { verdict })),
  ),
  total(
    'tidegate_attempts_would_deny_total',
    'Attempts let through by observe mode, also those that then failed, that would be denied once enforced.',
    ({ traffic }) => traffic.wouldDeny,
  ),
  total(
    'tidegate_attempts_unrecorded_total',
    'Attempts refused because they could not be recorded.',
    ({ traffic }) => traffic.unrecorded,
  ),
  counter(
    'tidegate_checks_total',
    'Checks of ended tunnels by fact and outcome; in observe mode a mismatch may have passed.',
    ['fact', 'outcome'],
    ({ traffic }) => Object.entries(traffic.checks).flatMap(([fact, outcomes]) => by('outcome', outcomes, { fact })),
  ),
  counter(
    'tidegate_bytes_total',
    'Bytes of ended attempts, and of long ones up to their last progress record; out is from client to destination.',
    ['direction'],
    ({ traffic }) => by('direction', { out: traffic.bytesOut, in: traffic.bytesIn }),
  ),
  counter(
    'tidegate_log_ins_total',
    'Log-ins by outcome; remembered ones cost no password check, rate_limited and busy ones were not checked.',
    ['outcome'],
    ({ users }) => (users === 'off' ? [] : by('outcome', users.logIns)),
  ),
  one('tidegate_log_ins_waiting', 'Log-ins that wait for a password check.', ({ users }) =>
    users === 'off' ? 'none' : users.waiting,
  ),
  one('tidegate_connections_open', 'Open client connections.', ({ traffic }) => traffic.connections.open),
  one('tidegate_connections_limit', 'Maximum open client connections.', ({ limits }) => limits.connections),
  one(
    'tidegate_connections_largest_client',
    'Open connections of the client that has the most.',
    ({ traffic }) => traffic.connections.largestClient,
  ),
  one(
    'tidegate_connections_per_client_limit',
    'Maximum open connections of one client.',
    ({ limits }) => limits.perClient,
  ),
  gauge(
    'tidegate_connection_limit_reached',
    'How many times a limit is reached now; of the limit per client: by how many clients.',
    ['limit'],
    ({ traffic }) =>
      LIMITS.map((limit) => {
        return { labels: { limit }, value: traffic.connections.reached.filter((each) => each.limit === limit).length };
      }),
  ),
  total(
    'tidegate_connections_dropped_total',
    'Connections closed without an answer because too many were being refused.',
    ({ traffic }) => traffic.connections.dropped,
  ),
  one('tidegate_tunnels_open', 'Open tunnels.', ({ traffic }) => traffic.openTunnels),
  counter(
    'tidegate_gone_peers_total',
    'Connections closed because the peer had gone without ending them, by side.',
    ['side'],
    ({ traffic }) => by('side', traffic.gonePeers),
  ),
  one('tidegate_dns_cached_names', 'Names in the DNS cache.', ({ traffic }) => traffic.cachedNames),
  one('tidegate_dns_cache_limit', 'Maximum names in the DNS cache.', ({ limits }) => limits.cachedNames),
  one(
    'tidegate_open_proxy',
    '1 if every client is observed on a listener that other machines reach.',
    ({ openProxy }) => (openProxy === 'none' ? 0 : 1),
  ),
  gauge('tidegate_policy_info', 'Policy revision in force; always 1.', ['revision'], ({ policies }) => [
    { labels: { revision: policies.revision }, value: 1 },
  ]),
  one('tidegate_policy_rules', 'Rules in force.', ({ policies }) => policies.rules),
  one('tidegate_policy_adopted_timestamp_seconds', 'Time when the revision in force was adopted.', ({ policies }) =>
    seconds(policies.adoptedAt),
  ),
  one('tidegate_policy_checked_timestamp_seconds', 'Time of the last check of the policy folder.', ({ policies }) =>
    seconds(policies.checkedAt),
  ),
  one('tidegate_policy_rejected', '1 if the last change was rejected and an older revision is in force.', (facts) =>
    facts.policies.rejected === 'none' ? 0 : 1,
  ),
  gauge(
    'tidegate_journal_state',
    '1 for the state of the journal; all traffic is refused unless it is writing.',
    ['state'],
    ({ journal }) =>
      JOURNAL_STATES.map((state) => ({ labels: { state }, value: journal.state.kind === state ? 1 : 0 })),
  ),
  one('tidegate_journal_records', 'Sequence number of the last durable record.', ({ journal }) => journal.state.seq),
  one(
    'tidegate_journal_removal_held_seconds',
    'Uptime for which removal by journal.keep-for is still held after a jump of the clock; 0: not held.',
    ({ journal: { state } }) =>
      state.kind !== 'writing' || state.removalHold === 'none' ? 0 : Math.ceil(state.removalHold.remainingMs / 1_000),
  ),
  one('tidegate_checkpoint_records', 'Records covered by the newest signed checkpoint.', ({ checkpoint }) =>
    checkpoint === 'none' ? checkpoint : checkpoint.size,
  ),
  one('tidegate_checkpoint_timestamp_seconds', 'Time of the newest checkpoint.', ({ checkpoint }) =>
    checkpoint === 'none' ? checkpoint : seconds(checkpoint.at),
  ),
  perAnchor('tidegate_anchor_records', 'Records covered by the newest checkpoint of an anchor.', ({ accepted }) =>
    accepted === 'none' ? 0 : accepted.size,
  ),
  perAnchor(
    'tidegate_anchor_accepted_timestamp_seconds',
    'Time when an anchor last accepted a checkpoint.',
    ({ accepted }) => (accepted === 'none' ? accepted : seconds(new Date(accepted.at))),
  ),
  perAnchor(
    'tidegate_anchor_alarm',
    '1 if an anchor has not advanced for 5 minutes, or the journal is behind it.',
    ({ state }) => (state === 'stale' || state === 'went_back' ? 1 : 0),
  ),
  perSink('tidegate_sink_lag_records', 'Durable records that a sink has not accepted.', ({ lag }) => lag.records),
  perSink(
    'tidegate_sink_lag_seconds',
    'Age of the oldest record that a sink has not accepted.',
    ({ lag }) => lag.ms / 1_000,
  ),
  perSink('tidegate_sink_failing', '1 if a sink does not accept records.', ({ state }) =>
    state === 'failing' ? 1 : 0,
  ),
  perSink(
    'tidegate_sink_missed_records',
    'Records removed from the journal before delivery to a sink.',
    ({ missed }) => missed.records,
  ),
  perSink(
    'tidegate_sink_skipped_records',
    'Records that a sink rejected and that were skipped.',
    ({ skipped }) => skipped,
  ),
];

type Read = Family<InstanceFacts>['read'];
/** `'none'` where there is no such number now. */
type ReadNumber<T> = (of: T) => number | 'none';

function gauge(name: string, help: string, labels: readonly string[], read: Read): Family<InstanceFacts> {
  return { name, help, type: 'gauge', labels, read };
}

function counter(name: string, help: string, labels: readonly string[], read: Read): Family<InstanceFacts> {
  return { name, help, type: 'counter', labels, read };
}

function one(name: string, help: string, value: ReadNumber<InstanceFacts>): Family<InstanceFacts> {
  return gauge(name, help, [], (facts) => reading(value(facts)));
}

function total(name: string, help: string, value: ReadNumber<InstanceFacts>): Family<InstanceFacts> {
  return counter(name, help, [], (facts) => reading(value(facts)));
}

function perAnchor(name: string, help: string, value: ReadNumber<AnchorStatus>): Family<InstanceFacts> {
  return gauge(name, help, ['anchor'], (facts) =>
    facts.anchors.flatMap((each) => reading(value(each), { anchor: each.name })),
  );
}

function perSink(name: string, help: string, value: ReadNumber<SinkStatus>): Family<InstanceFacts> {
  return gauge(name, help, ['sink'], (facts) =>
    facts.sinks.flatMap((each) => reading(value(each), { sink: each.name })),
  );
}

function reading(value: number | 'none', labels = {}): readonly Reading[] {
  return value === 'none' ? [] : [{ labels, value }];
}

function by(label: string, values: Readonly<Record<string, number>>, labels = {}): readonly Reading[] {
  return Object.entries(values).map(([name, value]) => ({ labels: { ...labels, [label]: name }, value }));
}

function seconds(time: Date): number {
  return time.getTime() / 1_000;
}
