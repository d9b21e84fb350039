import { decisionFields } from './decision.js';
import { field, type Content } from './shape.js';
import { trafficFields } from './traffic.js';
import * as words from './vocabulary.js';

const attempt = field('text', 'id of the attempt, as in its decision', {
  ecs: 'transaction.id',
  ocsf: 'metadata.correlation_uid, connection_info.uid',
});

const IN_FORCE = 'the policy revision in force';

const duration = field('integer', 'milliseconds since the request was received', {
  ecs: 'event.duration',
  ocsf: 'duration',
});

const dialledFields = {
  ip: field('text', 'the address, one of those resolved', { ecs: 'destination.ip', ocsf: 'dst_endpoint.ip' }),
  port: field('integer', 'the port', { ecs: 'destination.port', ocsf: 'dst_endpoint.port' }),
  reused: field('flag', 'whether the connection was kept open by an earlier request'),
};

const FROM_CLIENT = 'client.bytes, source.bytes';
const FROM_SERVER = 'server.bytes, destination.bytes';

const UNCOUNTED = 'not known: tidegate ended before it recorded a count';

const NO_VERDICT = 'written by an earlier version: `ended_by` says whether the connection failed or was denied';

const closeFields = {
  attempt,
  verdict: field({ oneOf: words.VERDICTS }, 'the final verdict on the attempt', {
    whenNull: 'never',
    whenAbsent: NO_VERDICT,
    ecs: 'event.type',
    ocsf: 'action_id',
  }),
  reason: field(
    { word: [words.PASS_REASONS, words.DENIAL_REASONS, words.TURNED_AWAY_REASONS, words.FAILURE_CODES] },
    'why, in the words of a decision',
    { whenNull: 'never', whenAbsent: NO_VERDICT },
  ),
  dialled: field({ object: dialledFields }, 'the address connected to', {
    whenNull: 'no connection is known',
    ecs: 'server',
    ocsf: 'dst_endpoint',
  }),
  seen: field({ word: [words.SEEN] }, 'the protocol seen in the first bytes', {
    ecs: 'network.protocol',
    ocsf: 'app_protocol_name',
  }),
  ...trafficFields,
  status: field(
    'integer',
    'the status sent to the client: 200 for a tunnel, the origin’s status, or that of the refusal',
    { whenNull: 'no response was sent, or none is known', ecs: 'http.response.status_code' },
  ),
  bytes_out: field('integer', 'bytes from client to destination', {
    whenNull: UNCOUNTED,
    ecs: FROM_CLIENT,
    ocsf: 'traffic.bytes_out',
  }),
  bytes_in: field('integer', 'bytes from destination to client', {
    whenNull: UNCOUNTED,
    ecs: FROM_SERVER,
    ocsf: 'traffic.bytes_in',
  }),
  duration_ms: field('integer', duration.meaning, { whenNull: UNCOUNTED, ecs: duration.ecs, ocsf: duration.ocsf }),
  ended_by: field({ word: [words.ENDS, words.FAILURE_CODES, words.DENIAL_REASONS] }, 'who or what ended it', {
    ecs: 'event.reason',
    ocsf: 'status_code',
  }),
  detail: field('text', 'details for people; at most 300 characters', {
    whenNull: 'there is nothing to add',
    ecs: 'error.message',
    ocsf: 'status_detail',
  }),
};

const progressFields = {
  attempt,
  bytes_out: field('integer', 'bytes so far from client to destination', {
    ecs: FROM_CLIENT,
    ocsf: 'cumulative_traffic.bytes_out',
  }),
  bytes_in: field('integer', 'bytes so far from destination to client', {
    ecs: FROM_SERVER,
    ocsf: 'cumulative_traffic.bytes_in',
  }),
  duration_ms: duration,
};

const policyFields = {
  outcome: field({ oneOf: words.OUTCOMES }, 'the outcome of the change', { ecs: 'event.outcome', ocsf: 'status_id' }),
  revision: field('text', IN_FORCE, { ecs: 'rule.version', ocsf: 'entity.policy.version' }),
  previous: field('text', 'the revision in force before', { whenNull: 'there was none' }),
  rules: field('integer', 'how many rules are in force'),
  problems: field(
    { listOf: 'text' },
    'the problems of a rejected change, as `file:line:column: message`; at most 20, each of at most 240 characters',
    { ecs: 'error.message', ocsf: 'status_detail' },
  ),
};

const startFields = {
  version: field('text', 'tidegate’s version', { ecs: 'service.version', ocsf: 'metadata.product.version' }),
  node: field('text', 'Node’s version'),
  pid: field('integer', 'process id', { ecs: 'process.pid', ocsf: 'actor.process.pid' }),
  listeners: field({ listOf: 'text' }, 'the addresses it listens on; at most 16'),
  revision: field('text', IN_FORCE, { ecs: 'rule.version', ocsf: 'policy.version' }),
};

const stopFields = {
  cause: field('text', 'the cause, such as the signal', { ecs: 'event.reason', ocsf: 'status_detail' }),
  open_attempts: field(
    'integer',
    'attempts that were open when the stop had waited for them: it ended them, or their ends found no room on the disk',
  ),
  missing_ends: field('integer', 'attempts whose end is not recorded: the next start records that they have ended', {
    whenNull: 'not known: the attempts that an earlier process left open could not be read',
    whenAbsent: 'written by an earlier version, which did not count them',
  }),
};

const adminFields = {
  action: field({ word: [words.ACTIONS] }, 'the action', { ecs: 'event.action', ocsf: 'activity_name' }),
  detail: field('text', 'details for people; at most 300 characters', { ocsf: 'status_detail' }),
};

/**
 * Every field of every kind of record: the one source of what `encode` must write, what `decode` accepts, and what
 * `docs/audit-fields.md` says.
 */
export const recordFields = {
  decision: decisionFields,
  close: closeFields,
  progress: progressFields,
  policy: policyFields,
  start: startFields,
  stop: stopFields,
  admin: adminFields,
};

/** The kinds of record, as they stand in the journal. */
export type RecordKind = keyof typeof recordFields;

/** What stands in the journal for one kind of record: JSON, named in snake_case. */
export type RecordContent<K extends RecordKind> = Content<(typeof recordFields)[K]>;
/** A decision as it stands in the journal. */
export type DecisionContent = RecordContent<'decision'>;
/** The end of an allowed attempt as it stands in the journal. */
export type CloseContent = RecordContent<'close'>;
/** A long tunnel's count as it stands in the journal. */
export type ProgressContent = RecordContent<'progress'>;

/** The end of an allowed attempt as this version writes it; {@link CloseContent} is also what earlier ones wrote. */
export type WrittenClose = Required<CloseContent>;
/** One fact of a tunnel's traffic as it stands in the journal. */
export type CheckContent = NonNullable<WrittenClose['checks']>[number];

/** A record as JSON: the journal's entry, and what reading it back gives. */
export type ReadRecord<Kind extends RecordKind = RecordKind> = {
  [K in Kind]: { readonly kind: K; readonly content: RecordContent<K> };
}[Kind];
