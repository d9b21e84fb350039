import { field } from './shape.js';
import * as words from './vocabulary.js';

/** Where in the policy files a rule or `deny` entry stands. */
const ruleFields = {
  policy: field('text', 'name of its policy', { ecs: 'rule.ruleset', ocsf: 'policy.name' }),
  id: field('text', 'its id within the policy', { ecs: 'rule.id', ocsf: 'firewall_rule.uid' }),
  file: field('text', 'its policy file; at most 160 characters'),
  line: field('integer', 'the line where it starts'),
};

const clientFields = {
  ip: field('text', "the socket's peer address", { ecs: 'client.ip, source.ip', ocsf: 'src_endpoint.ip' }),
  port: field('integer', "the socket's peer port", { ecs: 'client.port, source.port', ocsf: 'src_endpoint.port' }),
  identity: field({ oneOf: words.IDENTITIES }, 'how the client is identified'),
  user: field('text', 'the verified user', {
    whenNull: 'no user was verified',
    ecs: 'client.user.name',
    ocsf: 'actor.user.name',
  }),
  user_hash: field(
    'text',
    'keyed hash of a user name that was not verified; equal names have equal hashes until tidegate restarts',
    { whenNull: 'there was no unverified user name', ecs: 'client.user.hash' },
  ),
};

const destinationFields = {
  host: field('text', 'canonical host name, IPv4 address, or IPv6 address without brackets', {
    ecs: 'destination.address, destination.domain, destination.ip',
    ocsf: 'dst_endpoint.hostname, dst_endpoint.ip',
  }),
  port: field('integer', 'the requested port', { ecs: 'destination.port', ocsf: 'dst_endpoint.port' }),
};

const droppedFields = {
  ip: field('text', 'the address'),
  reason: field({ word: [words.DROP_REASONS, words.DENIAL_REASONS] }, 'why it is not connected to'),
};

const nearestFields = {
  ...ruleFields,
  failed: field({ word: [words.DENIAL_REASONS] }, 'the first fact that failed'),
};

/** What `encode` writes for a decision, field by field, in the order of the line. */
export const decisionFields = {
  attempt: field(
    'text',
    'id of the attempt, the same in every record of it and in the reply to the client; UUIDv7 in older records',
    {
      ecs: 'transaction.id',
      ocsf: 'metadata.correlation_uid, connection_info.uid',
    },
  ),
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
  strictness_rule: field('text', 'code of the strict-reading rule that was violated', {
    whenNull: 'the reason is not `malformed`',
    ecs: 'error.code',
  }),
  mode: field({ oneOf: words.MODES }, 'whether the policy was enforced'),
  would_deny: field(
    { word: [words.NOTHING_DENIED, words.DENIAL_REASONS] },
    'the reason for which an observed attempt would have been denied',
  ),
  client: field({ object: clientFields }, 'the client', { ecs: 'client', ocsf: 'src_endpoint' }),
  request: field({ oneOf: words.REQUESTS }, 'the kind of request'),
  method: field('text', 'the HTTP method', {
    whenNull: 'the request is `unparsed`',
    ecs: 'http.request.method',
    ocsf: 'http_request.http_method',
  }),
  path: field('text', 'the path as sent, never with a query, bytes beyond ASCII as `%XX`; at most 1,024 characters', {
    whenNull: 'no rule for the destination checks paths, or the request is not a `forward`',
    ecs: 'url.path',
    ocsf: 'http_request.url.path',
  }),
  destination: field({ object: destinationFields }, 'the requested destination', {
    whenNull: 'the request is `unparsed`',
    ecs: 'destination',
    ocsf: 'dst_endpoint',
  }),
  resolved: field({ listOf: 'text' }, 'the addresses of the host; an address literal is its own address; at most 16', {
    whenNull: 'no name was resolved',
    ecs: 'dns.resolved_ip',
  }),
  aliases: field({ listOf: 'text' }, 'the aliases (CNAME) that were followed, in order; at most 8', {
    whenNull: 'not visible, or no name was resolved',
    ecs: 'dns.answers.data',
  }),
  dropped: field({ listOf: droppedFields }, 'the resolved addresses that must not be connected to; at most 8', {
    whenNull: 'no name was resolved',
  }),
  rule: field(
    { object: ruleFields },
    'if allowed, a rule that holds for every fact; if denied or would be, the `deny` entry or the nearest rule',
    { whenNull: 'no rule matched or came near', ecs: 'rule', ocsf: 'firewall_rule' },
  ),
  other_rules: field({ listOf: 'text' }, 'other rules that also hold, as `policy/id`; at most 8'),
  nearest: field({ listOf: nearestFields }, 'the nearest rules, each with the first fact that failed; at most 5'),
  protocol: field({ word: [words.PROTOCOLS] }, 'the protocol of the rule'),
  revision: field('text', 'the policy revision that was applied', { ecs: 'rule.version', ocsf: 'policy.version' }),
  status: field('integer', 'the HTTP status of the refusal', {
    whenNull: 'the attempt is allowed: its status is in the `close` record',
    ecs: 'http.response.status_code',
    ocsf: 'http_response.code',
  }),
};
