import type { Certificate, Observation, Shown } from '../../attempt/index.js';
import type { Check, DenialReason, DroppedAddress, Outcome, Protocol } from '../../policy/index.js';
import type { Vocabulary } from './shape.js';

/** What was decided. */
export const VERDICTS = {
  allowed: 'it may go out; a `close` record tells how it went',
  denied: 'policy said no',
  refused: 'turned away before policy was asked, for its request, its credentials or a limit of tidegate',
  failed: 'the world said no before anything was dialled, such as a name that does not exist',
} as const satisfies Vocabulary;

/** Why policy said no. */
export const DENIAL_REASONS = {
  no_policy: 'no valid policy is loaded',
  destination_denied: 'a `deny` entry names the destination',
  destination_not_allowed: 'no rule names the destination',
  client_not_allowed: 'rules name the destination, but none of their policies speaks for this client',
  port_not_allowed: 'rules name the destination, but not this port',
  protocol_not_allowed: 'rules name the destination, but not for this kind of request',
  request_not_allowed: 'rules name the destination, but not this method and path',
  rule_expired: 'the rule that would have allowed it has expired',
  address_denied: 'the name leads to an address that a `deny` entry names',
  address_not_allowed: 'the name leads only to addresses that no rule allows, such as private ones',
  own_listener: 'it leads back to tidegate itself',
  traffic_not_allowed: 'the traffic is not what the rule allows',
  server_name_not_allowed: 'the server name the client asks for is not the destination, nor listed by the rule',
  thumbprint_mismatch: 'the server’s certificate is not one that the rule lists',
  client_thumbprint_mismatch: 'the client’s certificate is not one that the rule lists',
  host_key_mismatch: 'the server’s SSH host key is not one that the rule lists',
  identity_not_visible: 'the rule pins an identity that could not be seen, and says to deny then',
} as const satisfies Record<DenialReason, string>;

/** Why an attempt was turned away without asking policy. */
export const TURNED_AWAY_REASONS = {
  malformed: 'the request breaks a rule of strict reading: see `strictness_rule`',
  credentials_rejected: 'the user name or password is wrong',
  credentials_rate_limited: 'too many wrong passwords came from this address',
  loop: 'the request has already been through this proxy',
  too_many_connections: 'the limit on open connections is reached',
  too_many_from_client: 'the limit on open connections from one address is reached',
  shutting_down: 'tidegate is stopping',
  request_timeout: 'the request did not arrive in time',
} as const satisfies Vocabulary;

/** Why an attempt was turned away without asking policy. */
export type TurnedAwayReason = keyof typeof TURNED_AWAY_REASONS;

/** What the world did, in the words of RFC 9209 §2.3. */
export const FAILURE_CODES = {
  dns_timeout: 'no name server answered in time',
  dns_error: 'the name could not be looked up',
  destination_not_found: 'the name does not exist',
  destination_unavailable: 'the destination could not be reached',
  destination_ip_unroutable: 'there is no route to the address',
  connection_refused: 'the destination refused the connection',
  connection_terminated: 'the connection was broken off',
  connection_timeout: 'the destination did not accept the connection in time',
  connection_read_timeout: 'the destination stopped sending',
  connection_write_timeout: 'the destination stopped taking bytes',
  connection_limit_reached: 'no connection or descriptor was left',
  http_response_incomplete: 'the origin ended its response in the middle',
  http_response_timeout: 'the origin did not answer in time',
  http_protocol_error: 'the origin sent something that is not valid HTTP',
  http_upgrade_failed: 'the origin switched protocols unasked',
  http_request_error: 'the request broke off or turned out malformed',
  http_request_denied: 'the request was denied',
  proxy_loop_detected: 'the request has already been through this proxy',
  proxy_internal_error: 'tidegate itself failed, for example because its journal could not be written',
} as const satisfies Vocabulary;

/** An error type of RFC 9209 §2.3: what the network, or the client's bytes, did. */
export type FailureCode = keyof typeof FAILURE_CODES;

/** Why an attempt passed. */
export const PASS_REASONS = {
  rule_holds: 'one rule holds for every fact: see `rule`',
  observed: 'it would be denied (see `would_deny`), but every policy that speaks for this client only observes',
} as const satisfies Vocabulary;

/** Who or what ended a passed attempt, where it was neither a failure nor a denial. */
export const ENDS = {
  client: 'the client closed first',
  destination: 'the destination closed first',
  complete: 'the response was passed on whole',
  idle_timeout: 'no byte moved for as long as the configuration allows',
  policy_change: 'a new policy would not let it through',
  shutdown: 'tidegate stopped',
  crash: 'tidegate died; this record was written at the next start, its counts are those last recorded',
} as const satisfies Vocabulary;

/** Who or what ended an allowed attempt. */
export type EndedBy = keyof typeof ENDS | FailureCode | DenialReason;

/** Whether policy was put into force. */
export const MODES = {
  enforce: 'the verdict is what policy says',
  observe: 'policy would have denied it, and it passed because every policy that speaks for the client observes',
  not_reached: 'policy did not get to a verdict',
} as const satisfies Vocabulary;

/** How the client is known. */
export const IDENTITIES = {
  network: 'by its address alone',
  basic: 'as `client.user`, whose password was verified',
  unverified: 'it gave a user name that was not verified: only a keyed hash is kept, in `client.user_hash`',
} as const satisfies Vocabulary;

/** What was asked for. */
export const REQUESTS = {
  tunnel: 'a CONNECT tunnel',
  forward: 'one plain HTTP request',
  unparsed: 'it was turned away before it could be read: malformed, or the connection itself was one too many',
} as const satisfies Vocabulary;

/** What the rule lets through. */
export const PROTOCOLS = {
  http: 'plain forwarded HTTP requests',
  tls: 'TLS in a tunnel',
  tentacle: 'Octopus Tentacle (Halibut over TLS) in a tunnel',
  ssh: 'SSH in a tunnel',
  any: 'anything',
  not_reached: 'the attempt was not allowed',
} as const satisfies Record<Protocol | 'not_reached', string>;

/** What the first bytes of the traffic proved. */
export const SEEN = {
  http: 'HTTP',
  tls: 'a TLS ClientHello',
  ssh: 'an SSH identification string',
  unknown: 'none of the protocols tidegate reads',
  silent: 'the client sent nothing',
  not_checked: 'nothing looked: the rule allows anything, or no reader for its protocol is installed',
  not_reached: 'it ended before traffic was looked at',
} as const satisfies Record<Observation['protocol'] | 'not_reached', string>;

/** What can be looked at in a tunnel. */
export const CHECK_FACTS = {
  server_name: 'the server name that the TLS client asks for; of an encrypted hello the outer one, which all can see',
  thumbprint: 'the TLS server’s certificate, by its SHA-1',
  client_thumbprint: 'the TLS client’s certificate, by its SHA-1',
  host_key: 'the SSH server’s host key, by its fingerprint',
} as const satisfies Record<Check['fact'], string>;

/** What came of holding what was seen against what the rule expects, and what that proves. */
export const CHECK_OUTCOMES = {
  verified:
    'what was seen in this very tunnel is what the rule expects. A certificate counts only with its key’s signature ' +
    'over this handshake. A host key is what the server claims: its signature covers a secret that nobody else sees; ' +
    'an honest client checks it and hangs up on a false one, but a client and a server that work together can lie',
  probed:
    'the tunnel did not prove it, and tidegate’s own handshake with the same address did, then or shortly before. ' +
    'That both reached the same machine is likely and not proven, so this is never called verified',
  mismatch: 'what was seen is not what the rule expects, or it was shown without its key, or nothing was shown at all',
  not_visible: 'the rule expects something, and what was seen can neither prove nor contradict it: see `detail`',
  not_checked: 'the rule expects nothing here; `seen` tells what there was',
} as const satisfies Record<Outcome, string>;

/** What one end of a tunnel showed of who it is. */
export const SHOWN = {
  proven: 'a certificate, and its key signed this very handshake',
  forged: 'a certificate or key, and the signature beside it was not made with it',
  probed: 'nothing that proves it here, but tidegate’s own handshake with the same address did',
  claimed: 'a certificate or host key; whether it holds the key to it cannot be seen on the wire',
  hidden: 'nothing that can be read, as in TLS 1.3 or a resumed session',
  absent: 'no certificate: the handshake went on without',
  broken: 'bytes that are not the protocol’s',
  not_reached: 'it was not looked at, or the tunnel ended before',
} as const satisfies Record<Shown<Certificate>['kind'], string>;

/** Why an address that DNS gave was not dialled, where it was no denial. */
export const DROP_REASONS = {
  special_purpose: 'it is not globally reachable (IANA special-purpose registries) and no rule names it',
} as const satisfies Record<Exclude<DroppedAddress['reason'], DenialReason>, string>;

/** `would_deny`, where nothing would be. */
export const NOTHING_DENIED = { none: 'nothing would be denied' } as const satisfies Vocabulary;

/** What became of a policy change. */
export const OUTCOMES = {
  adopted: 'the revision is in force from here on',
  rejected: 'the change has problems; `revision` stays in force',
} as const satisfies Vocabulary;

/** Administrative acts. */
export const ACTIONS = { users_loaded: 'the users file was read' } as const satisfies Vocabulary;
