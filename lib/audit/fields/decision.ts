import { field } from './shape.js';
import * as words from './vocabulary.js';

/** Where in the policy files a rule or `deny` entry stands. */
const ruleFields = {
  policy: field('text', 'name of its policy', { ecs: 'rule.ruleset', ocsf: 'policy.name' }),
  id: field('text', 'its id within the policy', { ecs: 'rule.id', ocsf: 'firewall_rule.uid' }),
  file: field('text', 'its policy file; at most 160 characters'),
  line: field('integer', 'the line it starts at'),
};

const clientFields = {
  ip: field('text', "the socket's peer address", { ecs: 'client.ip, source.ip', ocsf: 'src_endpoint.ip' }),
  port: field('integer', "the socket's peer port", { ecs: 'client.port, source.port', ocsf: 'src_endpoint.port' }),
  identity: field({ oneOf: words.IDENTITIES }, 'how the client is known'),
  user: field('text', 'the verified user', {
    whenNull: 'no user was verified',
    ecs: 'client.user.name',
    ocsf: 'actor.user.name',
  }),
  user_hash: field(
    'text',
    'keyed hash of the user name that was given and not verified; equal names give equal hashes until tidegate restarts',
    { whenNull: 'no unverified user name was given', ecs: 'client.user.hash' },
  ),
};

const destinationFields = {
  host: field('text', 'canonical host name, IPv4 address, or IPv6 address without brackets', {
    ecs: 'destination.address, destination.domain, destination.ip',
    ocsf: 'dst_endpoint.hostname, dst_endpoint.ip',
  }),
  port: field('integer', 'the port asked for', { ecs: 'destination.port', ocsf: 'dst_endpoint.port' }),
};

const droppedFields = {
  ip: field('text', 'the address'),
  reason: field({ word: [words.DROP_REASONS, words.DENIAL_REASONS] }, 'why it is not dialled'),
};

const nearestFields = {
  ...ruleFields,
  failed: field({ word: [words.DENIAL_REASONS] }, 'the first fact that failed it'),
};

/** What `encode` writes for a decision, field by field, in the order of the line. */
export const decisionFields = {
  attempt: field('text', 'id of the attempt (UUIDv7), the same in every record of it and in the reply to the client', {
    ecs: 'transaction.id',
    ocsf: 'metadata.correlation_uid, connection_info.uid',
  }),
  received: field('text', 'UTC time the request was received', { ecs: 'event.start', ocsf: 'start_time' }),
  verdict: field({ oneOf: words.VERDICTS }, 'what was decided', { ecs: 'event.type', ocsf: 'action_id' }),
  reason: field(
    { word: [words.PASS_REASONS, words.DENIAL_REASONS, words.TURNED_AWAY_REASONS, words.FAILURE_CODES] },
    'why',
    { ecs: 'event.reason', ocsf: 'status_code' },
  ),
  detail: field('text', 'more about a `failed` or `malformed` attempt, for people; at most 300 characters', {
    whenNull: 'there is nothing to add to the reason',
    ecs: 'error.message',
    ocsf: 'status_detail',
  }),
  strictness_rule: field('text', 'code of the strict-reading rule that was broken', {
    whenNull: 'the reason is not `malformed`',
    ecs: 'error.code',
  }),
  mode: field({ oneOf: words.MODES }, 'whether policy was put into force'),
  would_deny: field(
    { word: [words.NOTHING_DENIED, words.DENIAL_REASONS] },
    'the reason an observed attempt would have been denied for',
  ),
  client: field({ object: clientFields }, 'who asked', { ecs: 'client', ocsf: 'src_endpoint' }),
  request: field({ oneOf: words.REQUESTS }, 'what was asked for'),
  method: field('text', 'the HTTP method', {
    whenNull: 'the request is `unparsed`',
    ecs: 'http.request.method',
    ocsf: 'http_request.http_method',
  }),
  path: field('text', 'the path as sent, never with a query; at most 1,024 characters', {
    whenNull: 'no rule that bears on the attempt looks at paths, or it is no `forward`',
    ecs: 'url.path',
    ocsf: 'http_request.url.path',
  }),
  destination: field({ object: destinationFields }, 'where to', {
    whenNull: 'the request is `unparsed`',
    ecs: 'destination',
    ocsf: 'dst_endpoint',
  }),
  resolved: field({ listOf: 'text' }, 'the addresses the host came to, an address literal being its own; at most 16', {
    whenNull: 'nothing was looked up',
    ecs: 'dns.resolved_ip',
  }),
  aliases: field({ listOf: 'text' }, 'the aliases (CNAME) on the way, in order; at most 8', {
    whenNull: 'not visible, or nothing was looked up',
    ecs: 'dns.answers.data',
  }),
  dropped: field({ listOf: droppedFields }, 'the resolved addresses that may not be dialled; at most 8', {
    whenNull: 'nothing was looked up',
  }),
  rule: field(
    { object: ruleFields },
    'allowed: a rule that holds for every fact; denied, or would be: the `deny` entry, or the rule that came nearest',
    { whenNull: 'no rule passed it or came near', ecs: 'rule', ocsf: 'firewall_rule' },
  ),
  other_rules: field({ listOf: 'text' }, 'further rules that hold too, as `policy/id`; at most 8'),
  nearest: field({ listOf: nearestFields }, 'rules that came near, each with what failed it; at most 5'),
  protocol: field({ word: [words.PROTOCOLS] }, 'what the rule lets through'),
  revision: field('text', 'the policy revision judged by', { ecs: 'rule.version', ocsf: 'policy.version' }),
  status: field('integer', 'the HTTP status of the refusal', {
    whenNull: 'the attempt is allowed: its answer is in the `close` record',
    ecs: 'http.response.status_code',
    ocsf: 'http_response.code',
  }),
};
