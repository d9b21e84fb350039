import type { Certificate, Observation, Shown } from '../../attempt/index.js';
import type { Check, DenialReason, DroppedAddress, Outcome, Protocol } from '../../policy/index.js';

/** Verdicts. */
export const VERDICTS = {
  allowed:
    'in a decision: the connection may be made, and the `close` record has the final verdict; in a close: it passed',
  denied: 'rejected by policy, before the connection or for what was seen in the tunnel',
  refused: 'rejected for its request, its credentials or a limit of tidegate',
  failed: 'it could not be carried out, for example because the name does not exist or the destination did not answer',
};

/** Reasons for a denial by policy. */
export const DENIAL_REASONS = {
  no_policy: 'no valid policy is loaded',
  destination_denied: 'a `deny` entry names the destination',
  destination_not_allowed: 'no rule names the destination',
  client_not_allowed: 'rules name the destination, but none of their policies applies to this client',
  port_not_allowed: 'rules name the destination, but not this port',
  protocol_not_allowed: 'rules name the destination, but not for this kind of request',
  request_not_allowed: 'rules name the destination, but not this method and path',
  rule_expired: 'the rule that would have allowed it has expired',
  address_denied: 'the name resolves to an address that a `deny` entry names',
  address_not_allowed: 'the name resolves only to addresses that no rule allows, such as private ones',
  own_listener: 'the destination is tidegate itself',
  traffic_not_allowed: 'the traffic is not what the rule allows',
  server_name_not_allowed: 'the server name in the TLS hello is neither the destination nor listed by the rule',
  thumbprint_mismatch: 'the server’s certificate is not one that the rule lists',
  client_thumbprint_mismatch: 'the client’s certificate is not one that the rule lists',
  host_key_mismatch: 'the server’s SSH host key is not one that the rule lists',
  identity_not_visible: 'the rule pins an identity that was not visible, and denies in that case',
} satisfies Record<DenialReason, string>;

/** Reasons for a rejection before the policy check. */
export const TURNED_AWAY_REASONS = {
  malformed: 'the request breaks a rule of strict reading: see `strictness_rule`',
  credentials_rejected: 'the user name or password is wrong',
  credentials_rate_limited: 'too many wrong passwords from this address',
  credentials_not_checked: 'too many log-ins were being checked; nothing is known about the password',
  credentials_not_basic: 'the credentials are of another scheme than Basic, such as NTLM, Negotiate, Digest or Bearer',
  loop: 'the request has already been through this proxy',
  too_many_connections: 'the limit on open connections is reached',
  too_many_from_client: 'the limit on open connections from one address is reached',
  shutting_down: 'tidegate is stopping',
  request_timeout: 'the request did not arrive in time',
};

/** A reason for a rejection before the policy check. */
export type TurnedAwayReason = keyof typeof TURNED_AWAY_REASONS;

/** Failures, as error types of RFC 9209 §2.3. */
export const FAILURE_CODES = {
  dns_timeout: 'no name server answered in time',
  dns_error: 'the name could not be looked up',
  destination_not_found: 'the name does not exist',
  destination_unavailable: 'the destination could not be reached',
  destination_ip_unroutable: 'there is no route to the address',
  connection_refused: 'the destination refused the connection',
  connection_terminated: 'the connection was terminated',
  connection_timeout: 'the destination did not accept the connection in time',
  connection_read_timeout: 'the destination stopped sending',
  connection_write_timeout: 'the destination stopped taking bytes',
  connection_limit_reached: 'no connection or file descriptor was free',
  http_response_incomplete: 'the origin ended its response early',
  http_response_timeout: 'the origin did not answer in time',
  http_protocol_error: 'the origin sent something that is not valid HTTP',
  http_upgrade_failed: 'the origin switched protocols without a request to do so',
  http_request_error: 'the request was incomplete or malformed',
  http_request_denied: 'the request was denied',
  proxy_loop_detected: 'the request has already been through this proxy',
  proxy_internal_error: 'tidegate itself failed, for example because its journal could not be written',
};

/** An error type of RFC 9209 §2.3: what the network, or the client's bytes, did. */
export type FailureCode = keyof typeof FAILURE_CODES;

/** Reasons for which an attempt passed. */
export const PASS_REASONS = {
  rule_holds: 'one rule holds for every fact: see `rule`',
  observed: 'it would be denied (see `would_deny`), but its policy or its rule is in observe mode',
};

/** Why an attempt has its verdict. */
export type Reason = keyof typeof PASS_REASONS | DenialReason | TurnedAwayReason | FailureCode;

/** Ends of an allowed attempt other than failures and denials. */
export const ENDS = {
  client: 'the client closed first',
  destination: 'the destination closed first',
  complete: 'the whole response was forwarded',
  idle_timeout: 'no byte moved for as long as the configuration allows',
  policy_change: 'a new policy no longer allows it',
  shutdown: 'tidegate stopped',
  operator: 'an operator ended it with `tidegate cut`; `detail` says who asked, and why',
  not_recorded:
    'its end found no room on the disk until tidegate stopped; this record was written at the next start, with the counts recorded last',
  crash: 'tidegate ended without a stop; this record was written at the next start, with the counts recorded last',
};

/** Who or what ended an allowed attempt. */
export type EndedBy = keyof typeof ENDS | FailureCode | DenialReason;

/** Modes in which a policy was applied. */
export const MODES = {
  enforce: 'the verdict of policy was applied',
  observe:
    'policy would have denied it, but every policy that applies to the client is in observe mode; it may still fail',
  not_reached: 'policy gave no verdict, or it failed after policy allowed the look-up',
};

/** Ways in which a client is identified. */
export const IDENTITIES = {
  network: 'by its address alone',
  basic: 'as `client.user`, whose password was verified',
  unverified: 'by a user name that was not verified: only a keyed hash is kept, in `client.user_hash`',
};

/** Kinds of request. */
export const REQUESTS = {
  tunnel: 'a CONNECT tunnel',
  forward: 'one plain HTTP request',
  unparsed: 'it was rejected before it could be read: malformed, or over the limit of connections',
};

/** Protocols of a rule. */
export const PROTOCOLS = {
  http: 'plain forwarded HTTP requests',
  tls: 'TLS in a tunnel',
  tentacle: 'Octopus Tentacle (Halibut over TLS) in a tunnel',
  ssh: 'SSH in a tunnel',
  any: 'anything',
  not_reached: 'the attempt was not allowed',
} satisfies Record<Protocol | 'not_reached', string>;

/** Protocols seen in the first bytes. */
export const SEEN = {
  http: 'HTTP',
  tls: 'a TLS ClientHello',
  ssh: 'an SSH identification string',
  unknown: 'none of the protocols tidegate reads',
  silent: 'the client sent nothing',
  not_checked: 'not inspected: the rule allows anything, or there is no reader for its protocol',
  not_reached: 'it ended before traffic was inspected',
} satisfies Record<Observation['protocol'] | 'not_reached', string>;

/** Facts that are checked in a tunnel. */
export const CHECK_FACTS = {
  server_name: 'the server name in the TLS hello; of an encrypted hello the outer, visible one',
  thumbprint: 'the TLS server’s certificate, by its SHA-1',
  client_thumbprint: 'the TLS client’s certificate, by its SHA-1',
  host_key: 'the SSH server’s host key, by its fingerprint',
} satisfies Record<Check['fact'], string>;

/** Outcomes of checking a fact against the rule, and what they prove. */
export const CHECK_OUTCOMES = {
  verified:
    'what was seen in this tunnel is what the rule expects. A certificate counts only with its key’s signature over ' +
    'this handshake. A host key is what the server claims: its signature covers a secret that only client and server ' +
    'know; an honest client rejects a false one, but a client and a server that collude can lie',
  probed:
    'the tunnel did not prove it, but a probe of the same address did, then or shortly before. That both reached the ' +
    'same machine is likely and not proven, so this is never called verified',
  mismatch: 'what was seen is not what the rule expects, or was shown without its key, or nothing was shown',
  not_visible: 'what was seen can neither prove nor contradict what the rule expects: see `detail`',
  not_checked: 'the rule expects nothing here; `seen` has what was seen',
} satisfies Record<Outcome, string>;

/** How one end of a tunnel identified itself. */
export const SHOWN = {
  proven: 'a certificate, and its key signed this handshake',
  forged: 'a certificate or key, with a signature that was not made with it',
  probed: 'not proven in the tunnel, but by a probe of the same address',
  claimed: 'a certificate or host key; whether it has the private key is not visible on the wire',
  hidden: 'nothing readable, as in TLS 1.3 or a resumed session',
  absent: 'no certificate: the handshake continued without one',
  broken: 'bytes that violate the protocol',
  not_reached: 'it was not inspected, or the tunnel ended before',
} satisfies Record<Shown<Certificate>['kind'], string>;

/** Reasons, other than denials, not to connect to an address that DNS gave. */
export const DROP_REASONS = {
  special_purpose: 'it is not globally reachable (IANA special-purpose registries) and no rule names it',
  cloud_metadata: 'a cloud metadata service has the address, and no rule names it',
  own_address: 'an interface of the machine that tidegate runs on has the address, and no rule names it',
} satisfies Record<Exclude<DroppedAddress['reason'], DenialReason>, string>;

/** The value of `would_deny` where nothing would be denied. */
export const NOTHING_DENIED = { none: 'nothing would be denied' };

/** Outcomes of a policy change. */
export const OUTCOMES = {
  adopted: 'the revision is in force from now on',
  rejected: 'the change has problems; `revision` stays in force',
};

/** Administrative actions. */
export const ACTIONS = {
  users_loaded: 'the users file was read',
  tunnels_cut: 'an operator ended open tunnels with `tidegate cut`; the `close` record of each says so too',
};

/** An administrative action. */
export type Action = keyof typeof ACTIONS;
