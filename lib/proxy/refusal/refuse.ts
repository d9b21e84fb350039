import type { EndedBy, FailureCode, TurnedAway, Verdict } from '../../audit/index.js';
import type { Denial, DenialReason } from '../../policy/index.js';

/** The statuses of refusals. Never 502 (law 7): Halibut reads it as an old ISA server's fault. */
export type RefusalStatus = 400 | 403 | 405 | 407 | 408 | 413 | 417 | 431 | 501 | 503 | 504 | 505 | 508;

/** A refusal, ready for the record and the client. `code` is the RFC 9209 error type. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly status: RefusalStatus;
  readonly code: FailureCode;
  /** The reason phrase: printable ASCII without client bytes, without the attempt's id. */
  readonly message: string;
  readonly verdict: Exclude<Verdict, { kind: 'allowed' }>;
  /** The end in the `close` record of an attempt that was opened. */
  readonly endedBy: EndedBy;
  /** Who to ask, as the policy says that denied; `'none'`: the one of the configuration. */
  readonly contact: string | 'none';
  /** The denial, if policy denied the attempt. */
  readonly denial: Denial | 'none';
}

const DENIED = {
  no_policy: 'no policy is loaded',
  destination_denied: 'this destination is on a deny list',
  destination_not_allowed: 'no rule allows this destination',
  client_not_allowed: 'no policy applies to this client',
  port_not_allowed: 'no rule allows this port',
  protocol_not_allowed: 'no rule allows this kind of request',
  request_not_allowed: 'no rule allows this method and path',
  rule_expired: 'the rule has expired',
  address_denied: 'the address this leads to is on a deny list',
  address_not_allowed: 'no rule allows the address this leads to',
  own_listener: 'the proxy does not connect to itself',
  traffic_not_allowed: 'the traffic is not what the rule allows',
  server_name_not_allowed: 'the TLS server name is not what the rule allows',
  thumbprint_mismatch: 'the certificate thumbprint is not one the rule lists',
  client_thumbprint_mismatch: 'the client certificate is not one the rule lists',
  host_key_mismatch: 'the SSH host key is not one the rule lists',
  identity_not_visible: 'the pinned identity cannot be seen or proven',
} as const satisfies Record<DenialReason, string>;

/** The refusal for a denial. Without any policy it is 503 rather than 403, since no policy denied it (A15). */
function refuseDenied(denial: Denial): Refusal {
  const { reason, rule, nearest } = denial;
  const by = rule === 'none' ? '' : ` [rule ${rule.policy}/${rule.id}]`;
  const message = `Egress denied: ${DENIED[reason]}${by}`;
  const verdict = { kind: 'denied', reason, rule, nearest } as const;
  if (reason === 'no_policy') return refusal(503, 'proxy_internal_error', message, verdict, reason, denial);
  return refusal(403, 'http_request_denied', message, verdict, reason, denial);
}

const FAILED = {
  dns_timeout: [504, 'the name server did not answer in time'],
  dns_error: [503, 'the name could not be looked up'],
  destination_not_found: [503, 'the name does not exist in DNS'],
  destination_unavailable: [503, 'the destination could not be reached'],
  destination_ip_unroutable: [503, 'there is no route to the destination'],
  connection_refused: [503, 'the destination refused the connection'],
  connection_terminated: [503, 'the connection was closed before an answer'],
  connection_timeout: [504, 'the destination did not answer in time'],
  connection_read_timeout: [504, 'the destination stopped sending'],
  connection_write_timeout: [504, 'the destination stopped reading'],
  connection_limit_reached: [503, 'the proxy has no connection left to give'],
  http_response_incomplete: [503, 'the destination ended its answer too early'],
  http_response_timeout: [504, 'the destination sent no answer in time'],
  http_protocol_error: [503, 'the destination sent an answer that is not valid HTTP'],
  http_upgrade_failed: [503, 'the destination changed protocol, which no rule allows'],
  http_request_error: [400, 'the request is not valid'],
  http_request_denied: [403, 'the request is denied'],
  proxy_loop_detected: [508, 'the request has been through this proxy before'],
  proxy_internal_error: [503, 'the proxy failed'],
} as const satisfies Record<FailureCode, readonly [RefusalStatus, string]>;

/** The refusal for a failure. `detail` goes into the record only. */
export function refuseFailed(code: FailureCode, detail: string): Refusal {
  const [status, words] = FAILED[code];
  return refusal(status, code, `Egress failed: ${words}`, {
    ...{ kind: 'failed', code, detail },
    wouldDeny: 'none',
  });
}

/**
 * The refusal for a name that does not exist. People expect what other programs of the machine find, so it says what is not
 * used; the name itself is not repeated (law 8).
 */
export function refuseNotFound(name: string, detail: string): Refusal {
  const words = name.includes('.')
    ? '/etc/hosts is not used'
    : 'write it in full: search domains and /etc/hosts are not used';
  const failed = refuseFailed('destination_not_found', detail);
  return { ...failed, message: `${failed.message} (${words})` };
}

/**
 * The refusal for an origin that answers 407. Its client would take that for this proxy's question, and send it the password
 * for this proxy once more, or show its user that this one is wrong.
 */
export function refuseForeignChallenge(): Refusal {
  const failed = refuseFailed('http_protocol_error', 'the origin answered 407, which only a proxy may');
  return { ...failed, message: 'Egress failed: the destination answered 407, which only a proxy may answer' };
}

/** The refusal when the journal cannot take a record (law 4). */
export function refuseUnrecorded(detail: string): Refusal {
  return {
    ...refuseFailed('proxy_internal_error', `journal: ${detail}`),
    message: 'Egress refused: the audit journal cannot be written',
  };
}

type RequestRefusalReason = Exclude<TurnedAway['reason'], 'malformed'>;

const REQUEST_REFUSALS = {
  credentials_rejected: [407, 'http_request_denied', 'the proxy user name or password is wrong'],
  credentials_rate_limited: [407, 'http_request_denied', 'too many failed log-ins from this address, wait a minute'],
  // Not a wrong password, and not counted as one: the client may try again at once.
  credentials_not_checked: [503, 'proxy_internal_error', 'too many log-ins are being checked, try again'],
  credentials_not_basic: [407, 'http_request_denied', 'this proxy takes Basic only'],
  loop: [508, 'proxy_loop_detected', 'the request has been through this proxy before'],
  too_many_connections: [503, 'connection_limit_reached', 'too many connections are open'],
  too_many_from_client: [503, 'connection_limit_reached', 'too many connections are open from this address'],
  shutting_down: [503, 'proxy_internal_error', 'the proxy is shutting down'],
  request_timeout: [408, 'http_request_error', 'the request did not arrive in time'],
} as const satisfies Record<RequestRefusalReason, readonly [RefusalStatus, FailureCode, string]>;

/** The refusal of a request before policy is asked. */
export function refuseRequest(reason: RequestRefusalReason): Refusal {
  const [status, code, words] = REQUEST_REFUSALS[reason];
  const endedBy = reason === 'shutting_down' ? 'shutdown' : code;
  return refusal(status, code, `Egress refused: ${words}`, { kind: 'refused', reason }, endedBy);
}

/** The refusal of a malformed request; `rule` is the strictness rule that it broke. */
export function refuseMalformed({ rule, status, detail }: MalformedRequest): Refusal {
  const verdict = { kind: 'refused', reason: 'malformed', rule, detail } as const;
  return refusal(status, 'http_request_error', `Egress refused: ${detail} [${rule}]`, verdict);
}

interface MalformedRequest {
  readonly rule: string;
  readonly status: RefusalStatus;
  readonly detail: string;
}

function refusal(
  status: RefusalStatus,
  code: FailureCode,
  message: string,
  verdict: Refusal['verdict'],
  endedBy: EndedBy = code,
  denial: Refusal['denial'] = 'none',
): Refusal {
  const contact = denial === 'none' ? 'none' : denial.contact;
  return { kind: 'refusal', status, code, message, verdict, endedBy, contact, denial };
}

/** Carries a refusal out of the journey. Anything else that is thrown there is a bug. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** Gives the value, or throws the refusal as {@link Refused}. */
export function orRefuse<T extends { readonly kind: string }>(value: T | Refusal | Denial): T {
  if (isRefusal(value)) throw new Refused(value);
  if (isDenial(value)) throw new Refused(refuseDenied(value));
  return value;
}

function isRefusal(value: { readonly kind: string }): value is Refusal {
  return value.kind === 'refusal';
}

function isDenial(value: { readonly kind: string }): value is Denial {
  return value.kind === 'denied';
}
