import { field } from './shape.js';
import * as words from './vocabulary.js';

/** Why a record of an earlier version says nothing of this. */
const NOT_YET = 'written by an earlier version, which did not look further into tunnels';

const NO_HELLO = 'no TLS hello was seen';
const NO_SSH = 'no SSH was seen';
const NOT_JUDGED = 'no traffic was judged';

const judgedByFields = {
  policy: field('text', 'name of its policy', { ecs: 'rule.ruleset' }),
  id: field('text', 'its id within the policy', { ecs: 'rule.id' }),
  file: field('text', 'its policy file; at most 160 characters'),
  line: field('integer', 'the line it starts at'),
};

const checkFields = {
  fact: field({ word: [words.CHECK_FACTS] }, 'what was looked at'),
  expected: field({ listOf: 'text' }, 'what the rule lists, as its file writes it; at most 8'),
  expected_count: field('integer', 'how many the rule lists in all'),
  seen: field('text', 'what was seen, in the form that a policy file takes', {
    whenNull: 'nothing was seen',
    ecs: 'tls.server.hash.sha1, tls.client.hash.sha1, related.hash',
    ocsf: 'tls.certificate.fingerprints.value',
  }),
  outcome: field({ word: [words.CHECK_OUTCOMES] }, 'what came of it'),
  detail: field('text', 'more, for people; at most 200 characters', { whenNull: 'there is nothing to add' }),
};

/** What `encode` writes of a tunnel's traffic, in its place in a `close`: what was seen, and how it was judged. */
export const trafficFields = {
  server_name: field('text', 'name in the TLS hello', {
    whenNull: 'no server name was seen',
    ecs: 'tls.client.server_name',
    ocsf: 'tls.sni',
  }),
  alpn: field({ listOf: 'text' }, 'protocols the TLS hello offers; at most 8', { whenNull: NO_HELLO }),
  tls_offered: field({ listOf: 'text' }, 'TLS versions the client offers, newest first; at most 8', {
    whenNull: NO_HELLO,
    whenAbsent: NOT_YET,
  }),
  tls_version: field('text', 'TLS version the server chose', {
    whenNull: 'the server’s TLS hello was not looked at',
    whenAbsent: NOT_YET,
    ecs: 'tls.version',
    ocsf: 'tls.version',
  }),
  encrypted_hello: field(
    'flag',
    'whether the client sent an Encrypted Client Hello, whose inner name nobody sees; browsers always send one',
    { whenNull: NO_HELLO, whenAbsent: NOT_YET },
  ),
  software_version: field('text', 'version text of the SSH client', { whenNull: NO_SSH }),
  server_software_version: field('text', 'version text of the SSH server', {
    whenNull: 'no SSH server was seen',
    whenAbsent: NOT_YET,
  }),
  key_exchange: field('text', 'method of the SSH key exchange that was negotiated', {
    whenNull: 'none was seen',
    whenAbsent: NOT_YET,
  }),
  host_key_type: field('text', 'type of the SSH host key, such as `ssh-ed25519`', {
    whenNull: 'no host key was seen',
    whenAbsent: NOT_YET,
  }),
  server_shown: field({ word: [words.SHOWN] }, 'what the server showed of who it is, and what that is worth', {
    whenNull: 'neither TLS nor SSH was seen',
    whenAbsent: NOT_YET,
  }),
  client_shown: field({ word: [words.SHOWN] }, 'the same of the client and its certificate', {
    whenNull: NO_HELLO,
    whenAbsent: NOT_YET,
  }),
  cleared_by: field('text', 'the rule that the traffic passed by, as `policy/id`', {
    whenNull: 'no traffic was judged, or it was denied, or no rule but observe mode let it pass',
    whenAbsent: NOT_YET,
  }),
  would_deny: field(
    { word: [words.NOTHING_DENIED, words.DENIAL_REASONS] },
    'the reason the traffic would have been denied for, had nothing said to observe',
    { whenNull: NOT_JUDGED, whenAbsent: NOT_YET },
  ),
  judged_by: field(
    { object: judgedByFields },
    'the rule that `checks` are of: the one it passed by or, denied, the one that came nearest',
    { whenNull: 'no traffic was judged, or no rule came near', whenAbsent: NOT_YET, ecs: 'rule' },
  ),
  checks: field({ listOf: checkFields }, 'fact by fact what that rule expects and what was seen; at most 4', {
    whenNull: NOT_JUDGED,
    whenAbsent: NOT_YET,
  }),
};
