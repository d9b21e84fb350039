import { field, type Field, type Shape } from './shape.js';
import * as words from './vocabulary.js';

/** Why a record of an earlier version does not have a field. */
const NOT_YET = 'written by an earlier version, which did not inspect tunnels further';

/** Describes a field that earlier versions did not write. */
function later<const S extends Shape>(
  shape: S,
  meaning: string,
  whenNull: string,
  more?: Pick<Partial<Field>, 'ecs' | 'ocsf'>,
) {
  return field(shape, meaning, { whenNull, whenAbsent: NOT_YET, ...more });
}

const NO_HELLO = 'no TLS hello was seen';
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
  tls_offered: later({ listOf: 'text' }, 'TLS versions the client offers, newest first; at most 8', NO_HELLO),
  tls_version: later('text', 'TLS version the server chose', 'the server’s TLS hello was not inspected', {
    ecs: 'tls.version',
    ocsf: 'tls.version',
  }),
  encrypted_hello: later(
    'flag',
    'whether the client sent an Encrypted Client Hello, whose inner name is not visible; browsers always send one',
    NO_HELLO,
  ),
  software_version: field('text', 'version text of the SSH client', { whenNull: 'no SSH was seen' }),
  server_software_version: later('text', 'version text of the SSH server', 'no SSH server was seen'),
  key_exchange: later('text', 'method of the SSH key exchange that was negotiated', 'none was seen'),
  host_key_type: later('text', 'type of the SSH host key, such as `ssh-ed25519`', 'no host key was seen'),
  server_shown: later(
    { word: [words.SHOWN] },
    'how the server identified itself, and what that proves',
    'neither TLS nor SSH was seen',
  ),
  client_shown: later({ word: [words.SHOWN] }, 'the same for the client and its certificate', NO_HELLO),
  cleared_by: later(
    'text',
    'the rule that allowed the traffic, as `policy/id`',
    'no traffic was judged, it was denied, or it passed only because of observe mode',
  ),
  would_deny: later(
    { word: [words.NOTHING_DENIED, words.DENIAL_REASONS] },
    'the reason for which the traffic would have been denied without observe mode',
    NOT_JUDGED,
  ),
  judged_by: later(
    { object: judgedByFields },
    'the rule of the `checks`: the one that allowed the traffic or, if denied, the nearest one',
    'no traffic was judged, or no rule came near',
    { ecs: 'rule' },
  ),
  checks: later(
    { listOf: checkFields },
    'for each fact, what that rule expects and what was seen; at most 4',
    NOT_JUDGED,
  ),
};
