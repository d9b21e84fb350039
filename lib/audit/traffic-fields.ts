import { added, field } from './shape.js';
import * as words from './vocabulary.js';

/** Why a record of an earlier version says nothing of this. */
const NOT_YET = 'written by an earlier version, which did not look further into tunnels';

const NO_HELLO = 'no TLS hello was seen';
const NO_SSH = 'no SSH was seen';
const NOT_JUDGED = 'no traffic was judged';

const judgedByFields = {
  policy: field('text', 'never', 'name of its policy', 'rule.ruleset', 'none'),
  id: field('text', 'never', 'its id within the policy', 'rule.id', 'none'),
  file: field('text', 'never', 'its policy file; at most 160 characters', 'none', 'none'),
  line: field('integer', 'never', 'the line it starts at', 'none', 'none'),
};

const checkFields = {
  fact: field({ word: [words.CHECK_FACTS] }, 'never', 'what was looked at', 'none', 'none'),
  expected: field({ listOf: 'text' }, 'never', 'what the rule lists, as its file writes it; at most 8', 'none', 'none'),
  expected_count: field('integer', 'never', 'how many the rule lists in all', 'none', 'none'),
  seen: field(
    'text',
    'nothing was seen',
    'what was seen, in the form that a policy file takes',
    'tls.server.hash.sha1, tls.client.hash.sha1, related.hash',
    'tls.certificate.fingerprints.value',
  ),
  outcome: field({ word: [words.CHECK_OUTCOMES] }, 'never', 'what came of it', 'none', 'none'),
  detail: field('text', 'there is nothing to add', 'more, for people; at most 200 characters', 'none', 'none'),
};

/** What `encode` writes of a tunnel's traffic, in its place in a `close`: what was seen, and how it was judged. */
export const trafficFields = {
  server_name: field('text', 'no server name was seen', 'name in the TLS hello', 'tls.client.server_name', 'tls.sni'),
  alpn: field({ listOf: 'text' }, NO_HELLO, 'protocols the TLS hello offers; at most 8', 'none', 'none'),
  tls_offered: added(
    NOT_YET,
    field({ listOf: 'text' }, NO_HELLO, 'TLS versions the client offers, newest first; at most 8', 'none', 'none'),
  ),
  tls_version: added(
    NOT_YET,
    field(
      'text',
      'the server’s TLS hello was not looked at',
      'TLS version the server chose',
      'tls.version',
      'tls.version',
    ),
  ),
  encrypted_hello: added(
    NOT_YET,
    field(
      'flag',
      NO_HELLO,
      'whether the client sent an Encrypted Client Hello, whose inner name nobody sees; browsers always send one',
      'none',
      'none',
    ),
  ),
  software_version: field('text', NO_SSH, 'version text of the SSH client', 'none', 'none'),
  server_software_version: added(
    NOT_YET,
    field('text', 'no SSH server was seen', 'version text of the SSH server', 'none', 'none'),
  ),
  key_exchange: added(
    NOT_YET,
    field('text', 'none was seen', 'method of the SSH key exchange that was negotiated', 'none', 'none'),
  ),
  host_key_type: added(
    NOT_YET,
    field('text', 'no host key was seen', 'type of the SSH host key, such as `ssh-ed25519`', 'none', 'none'),
  ),
  server_shown: added(
    NOT_YET,
    field(
      { word: [words.SHOWN] },
      'neither TLS nor SSH was seen',
      'what the server showed of who it is, and what that is worth',
      'none',
      'none',
    ),
  ),
  client_shown: added(
    NOT_YET,
    field({ word: [words.SHOWN] }, NO_HELLO, 'the same of the client and its certificate', 'none', 'none'),
  ),
  cleared_by: added(
    NOT_YET,
    field(
      'text',
      'no traffic was judged, or it was denied, or no rule but observe mode let it pass',
      'the rule that the traffic passed by, as `policy/id`',
      'none',
      'none',
    ),
  ),
  would_deny: added(
    NOT_YET,
    field(
      { word: [words.NOTHING_DENIED, words.DENIAL_REASONS] },
      NOT_JUDGED,
      'the reason the traffic would have been denied for, had nothing said to observe',
      'none',
      'none',
    ),
  ),
  judged_by: added(
    NOT_YET,
    field(
      { object: judgedByFields },
      'no traffic was judged, or no rule came near',
      'the rule that `checks` are of: the one it passed by or, denied, the one that came nearest',
      'rule',
      'none',
    ),
  ),
  checks: added(
    NOT_YET,
    field(
      { listOf: checkFields },
      NOT_JUDGED,
      'fact by fact what that rule expects and what was seen; at most 4',
      'none',
      'none',
    ),
  ),
};
