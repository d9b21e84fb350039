import { field } from './shape.js';
import * as words from './vocabulary.js';

/** Where in the policy files a rule or `deny` entry stands. */
const ruleFields = {
  policy: field('text', 'never', 'name of its policy', 'rule.ruleset', 'policy.name'),
  id: field('text', 'never', 'its id within the policy', 'rule.id', 'firewall_rule.uid'),
  file: field('text', 'never', 'its policy file; at most 160 characters', 'none', 'none'),
  line: field('integer', 'never', 'the line it starts at', 'none', 'none'),
};

const clientFields = {
  ip: field('text', 'never', "the socket's peer address", 'client.ip, source.ip', 'src_endpoint.ip'),
  port: field('integer', 'never', "the socket's peer port", 'client.port, source.port', 'src_endpoint.port'),
  identity: field({ oneOf: words.IDENTITIES }, 'never', 'how the client is known', 'none', 'none'),
  user: field('text', 'no user was verified', 'the verified user', 'client.user.name', 'actor.user.name'),
  user_hash: field(
    'text',
    'no unverified user name was given',
    'keyed hash of the user name that was given and not verified; equal names give equal hashes until tidegate restarts',
    'client.user.hash',
    'none',
  ),
};

const destinationFields = {
  host: field(
    'text',
    'never',
    'canonical host name, IPv4 address, or IPv6 address without brackets',
    'destination.address, destination.domain, destination.ip',
    'dst_endpoint.hostname, dst_endpoint.ip',
  ),
  port: field('integer', 'never', 'the port asked for', 'destination.port', 'dst_endpoint.port'),
};

const droppedFields = {
  ip: field('text', 'never', 'the address', 'none', 'none'),
  reason: field({ word: [words.DROP_REASONS, words.DENIAL_REASONS] }, 'never', 'why it is not dialled', 'none', 'none'),
};

const nearestFields = {
  ...ruleFields,
  failed: field({ word: [words.DENIAL_REASONS] }, 'never', 'the first fact that failed it', 'none', 'none'),
};

/** What `encode` writes for a decision, field by field, in the order of the line. */
export const decisionFields = {
  attempt: field(
    'text',
    'never',
    'id of the attempt (UUIDv7), the same in every record of it and in the reply to the client',
    'transaction.id',
    'metadata.correlation_uid, connection_info.uid',
  ),
  received: field('text', 'never', 'UTC time the request was received', 'event.start', 'start_time'),
  verdict: field({ oneOf: words.VERDICTS }, 'never', 'what was decided', 'event.type', 'action_id'),
  reason: field(
    { word: [words.PASS_REASONS, words.DENIAL_REASONS, words.TURNED_AWAY_REASONS, words.FAILURE_CODES] },
    'never',
    'why',
    'event.reason',
    'status_code',
  ),
  detail: field(
    'text',
    'there is nothing to add to the reason',
    'more about a `failed` or `malformed` attempt, for people; at most 300 characters',
    'error.message',
    'status_detail',
  ),
  strictness_rule: field(
    'text',
    'the reason is not `malformed`',
    'code of the strict-reading rule that was broken',
    'error.code',
    'none',
  ),
  mode: field({ oneOf: words.MODES }, 'never', 'whether policy was put into force', 'none', 'none'),
  would_deny: field(
    { word: [words.NOTHING_DENIED, words.DENIAL_REASONS] },
    'never',
    'the reason an observed attempt would have been denied for',
    'none',
    'none',
  ),
  client: field({ object: clientFields }, 'never', 'who asked', 'client', 'src_endpoint'),
  request: field({ oneOf: words.REQUESTS }, 'never', 'what was asked for', 'none', 'none'),
  method: field(
    'text',
    'the request is `unparsed`',
    'the HTTP method',
    'http.request.method',
    'http_request.http_method',
  ),
  path: field(
    'text',
    'no rule that bears on the attempt looks at paths, or it is no `forward`',
    'the path as sent, never with a query; at most 1,024 characters',
    'url.path',
    'http_request.url.path',
  ),
  destination: field(
    { object: destinationFields },
    'the request is `unparsed`',
    'where to',
    'destination',
    'dst_endpoint',
  ),
  resolved: field(
    { listOf: 'text' },
    'nothing was looked up',
    'the addresses the host came to, an address literal being its own; at most 16',
    'dns.resolved_ip',
    'none',
  ),
  aliases: field(
    { listOf: 'text' },
    'not visible, or nothing was looked up',
    'the aliases (CNAME) on the way, in order; at most 8',
    'dns.answers.data',
    'none',
  ),
  dropped: field(
    { listOf: droppedFields },
    'nothing was looked up',
    'the resolved addresses that may not be dialled; at most 8',
    'none',
    'none',
  ),
  rule: field(
    { object: ruleFields },
    'no rule passed it or came near',
    'allowed: a rule that holds for every fact; denied, or would be: the `deny` entry, or the rule that came nearest',
    'rule',
    'firewall_rule',
  ),
  other_rules: field(
    { listOf: 'text' },
    'never',
    'further rules that hold too, as `policy/id`; at most 8',
    'none',
    'none',
  ),
  nearest: field(
    { listOf: nearestFields },
    'never',
    'rules that came near, each with what failed it; at most 5',
    'none',
    'none',
  ),
  protocol: field({ word: [words.PROTOCOLS] }, 'never', 'what the rule lets through', 'none', 'none'),
  revision: field('text', 'never', 'the policy revision judged by', 'rule.version', 'policy.version'),
  status: field(
    'integer',
    'the attempt is allowed: its answer is in the `close` record',
    'the HTTP status of the refusal',
    'http.response.status_code',
    'http_response.code',
  ),
};
