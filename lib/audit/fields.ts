import { decisionFields } from './decision-fields.js';
import { field, type Content } from './shape.js';
import { trafficFields } from './traffic-fields.js';
import * as words from './vocabulary.js';

const attempt = field(
  'text',
  'never',
  'id of the attempt, as in its decision',
  'transaction.id',
  'metadata.correlation_uid, connection_info.uid',
);

const IN_FORCE = 'the policy revision in force';

const duration = field('integer', 'never', 'milliseconds since the request was received', 'event.duration', 'duration');

const dialledFields = {
  ip: field('text', 'never', 'the address, one of those resolved', 'destination.ip', 'dst_endpoint.ip'),
  port: field('integer', 'never', 'the port', 'destination.port', 'dst_endpoint.port'),
  reused: field('flag', 'never', 'whether an earlier request had left the connection open', 'none', 'none'),
};

const FROM_CLIENT = 'client.bytes, source.bytes';
const FROM_SERVER = 'server.bytes, destination.bytes';

const UNCOUNTED = 'not known: tidegate died before it had recorded a count';

const closeFields = {
  attempt,
  dialled: field(
    { object: dialledFields },
    'no connection is known of',
    'where we connected',
    'server',
    'dst_endpoint',
  ),
  seen: field({ word: [words.SEEN] }, 'never', 'what the first bytes proved', 'network.protocol', 'app_protocol_name'),
  ...trafficFields,
  status: field(
    'integer',
    'no answer was given, or none is known of',
    'what the client was answered: 200 for a tunnel, the origin’s status, or our refusal',
    'http.response.status_code',
    'none',
  ),
  bytes_out: field('integer', UNCOUNTED, 'bytes from client to destination', FROM_CLIENT, 'traffic.bytes_out'),
  bytes_in: field('integer', UNCOUNTED, 'bytes from destination to client', FROM_SERVER, 'traffic.bytes_in'),
  duration_ms: field('integer', UNCOUNTED, duration.meaning, duration.ecs, duration.ocsf),
  ended_by: field(
    { word: [words.ENDS, words.FAILURE_CODES, words.DENIAL_REASONS] },
    'never',
    'who or what ended it',
    'event.reason',
    'status_code',
  ),
  detail: field(
    'text',
    'there is nothing to add',
    'more, for people; at most 300 characters',
    'error.message',
    'status_detail',
  ),
};

const progressFields = {
  attempt,
  bytes_out: field(
    'integer',
    'never',
    'bytes so far from client to destination',
    FROM_CLIENT,
    'cumulative_traffic.bytes_out',
  ),
  bytes_in: field(
    'integer',
    'never',
    'bytes so far from destination to client',
    FROM_SERVER,
    'cumulative_traffic.bytes_in',
  ),
  duration_ms: duration,
};

const policyFields = {
  outcome: field({ oneOf: words.OUTCOMES }, 'never', 'what became of the change', 'event.outcome', 'status_id'),
  revision: field('text', 'never', IN_FORCE, 'rule.version', 'entity.policy.version'),
  previous: field('text', 'there was none', 'the revision in force before', 'none', 'none'),
  rules: field('integer', 'never', 'how many rules are in force', 'none', 'none'),
  problems: field(
    { listOf: 'text' },
    'never',
    'of a rejected change, as `file:line:column: message`; at most 20 of at most 240 characters',
    'error.message',
    'status_detail',
  ),
};

const startFields = {
  version: field('text', 'never', 'tidegate’s version', 'service.version', 'metadata.product.version'),
  node: field('text', 'never', 'Node’s version', 'none', 'none'),
  pid: field('integer', 'never', 'process id', 'process.pid', 'actor.process.pid'),
  listeners: field({ listOf: 'text' }, 'never', 'where it listens; at most 16', 'none', 'none'),
  revision: field('text', 'never', IN_FORCE, 'rule.version', 'policy.version'),
};

const stopFields = {
  cause: field('text', 'never', 'why, such as the signal', 'event.reason', 'status_detail'),
  open_attempts: field('integer', 'never', 'attempts that had to be ended', 'none', 'none'),
};

const adminFields = {
  action: field({ word: [words.ACTIONS] }, 'never', 'what was done', 'event.action', 'activity_name'),
  detail: field('text', 'never', 'more, for people; at most 300 characters', 'none', 'status_detail'),
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
export type ReadRecord = { [K in RecordKind]: { readonly kind: K; readonly content: RecordContent<K> } }[RecordKind];
