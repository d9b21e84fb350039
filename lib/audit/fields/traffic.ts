import { field } from './shape.js';
import * as words from './vocabulary.js';

/** Why a record of an earlier version says nothing of this. */
const NOT_YET = 'written by an earlier version, which did not inspect tunnels further';

const NO_HELLO = 'no TLS hello was seen';
const NO_SSH = 'no SSH was seen';
const NOT_JUDGED = 'no traffic was judged';

const judgedByFields = {
  policy: field('text', 'name of its policy', { ecs: 'rule.ruleset' }),
  id: field('text', 'its id within the policy', { ecs: 'rule.id' }),
  file: field('text', 'its policy file; at most 160 characters'),
  line: field('integer', 'the line where it starts'),
};

const checkFields = {
  fact: field({ word: [words.CHECK_FACTS] }, 'the fact that was checked'),
  expected: field({ listOf: 'text' }, 'what the rule lists, as in its file; at most 8'),
  expected_count: field('integer', 'how many items the rule lists in all'),
  seen: field('text', 'what was seen, in the form of a policy file', {
    whenNull: 'nothing was seen',
    ecs: 'tls.server.hash.sha1, tls.client.hash.sha1, related.hash',
    ocsf: 'tls.certificate.fingerprints.value',
  }),
  outcome: field({ word: [words.CHECK_OUTCOMES] }, 'the outcome of the check'),
  detail: field('text', 'details for people; at most 200 characters', { whenNull: 'there is nothing to add' }),
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
    whenNull: 'the server’s TLS hello was not inspected',
    whenAbsent: NOT_YET,
    ecs: 'tls.version',
    ocsf: 'tls.version',
  }),
  encrypted_hello: field(
    'flag',
    'whether the client sent an Encrypted Client Hello, whose inner name is not visible; browsers always send one',
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
  server_shown: field({ word: [words.SHOWN] }, 'how the server identified itself, and what that proves', {
    whenNull: 'neither TLS nor SSH was seen',
    whenAbsent: NOT_YET,
  }),
  client_shown: field({ word: [words.SHOWN] }, 'the same for the client and its certificate', {
    whenNull: NO_HELLO,
    whenAbsent: NOT_YET,
  }),
  cleared_by: field('text', 'the rule that allowed the traffic, as `policy/id`', {
    whenNull: 'no traffic was judged, it was denied, or it passed only because of observe mode',
    whenAbsent: NOT_YET,
  }),
  would_deny: field(
    { word: [words.NOTHING_DENIED, words.DENIAL_REASONS] },
    'the reason for which the traffic would have been denied without observe mode',
    { whenNull: NOT_JUDGED, whenAbsent: NOT_YET },
  ),
  judged_by: field(
    { object: judgedByFields },
    'the rule of the `checks`: the one that allowed the traffic or, if denied, the nearest one',
    { whenNull: 'no traffic was judged, or no rule came near', whenAbsent: NOT_YET, ecs: 'rule' },
  ),
  checks: field({ listOf: checkFields }, 'for each fact, what that rule expects and what was seen; at most 4', {
    whenNull: NOT_JUDGED,
    whenAbsent: NOT_YET,
  }),
};
