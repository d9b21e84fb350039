import { clientBlock, rangeContains } from '../address/index.js';
import type { Attempt, Client } from '../attempt/index.js';
import type { AttemptLog } from './attempt-log/index.js';
import type { Authentication, PasswordCheck } from './options.js';
import type { LogIn, LogInQuestion, PolicySet } from '../policy/index.js';
import type { RequestHead } from '../protocol/http/index.js';
import { refuseRequest, type Refusal } from './refusal/index.js';

/** A client whose identity is known. */
interface Identified {
  readonly kind: 'client';
  readonly client: Client;
}

/**
 * Leaves the journey where the client is asked to log in. It is not a {@link Refusal}: a challenge is the ordinary first half
 * of .NET's handshake, so it is not recorded as a refusal.
 */
export class Challenged extends Error {}

/**
 * Identifies the client: by Basic credentials if a users file is configured, else by network address (rule H17: for each
 * request, and before policy). Credentials that are sent are always checked. `Basic Og==`, an empty name and password, is what
 * .NET sends without credentials: it counts as none. Without a users file credentials are ignored. `claimed` gets the keyed
 * hash of a user name that is not verified.
 */
export async function identify(
  peer: Client,
  credentials: RequestHead['credentials'],
  authentication: Authentication,
  claimed: Pick<AttemptLog, 'setClaimedUser'>,
): Promise<Identified | Refusal> {
  if (authentication.kind === 'off') return { kind: 'client', client: peer };
  switch (credentials.kind) {
    case 'none':
    case 'anonymous':
      if (authentication.kind === 'always' && mayBeAsked(peer, authentication)) throw new Challenged();
      return { kind: 'client', client: peer };
    case 'other_scheme':
      return refuseRequest('credentials_not_basic');
    case 'malformed':
      return refuseRequest('credentials_rejected');
    case 'credentials':
      break;
  }
  const { user, password } = credentials;
  const { users } = authentication;
  const outcome = await users.verify(user, password, clientBlock(peer.ip));
  if (outcome === 'verified') return { kind: 'client', client: { ...peer, identity: { kind: 'basic', user } } };
  claimed.setClaimedUser(users.hashUserName(user));
  return refuseRequest(NOT_VERIFIED[outcome]);
}

const NOT_VERIFIED = {
  rejected: 'credentials_rejected',
  rate_limited: 'credentials_rate_limited',
  busy: 'credentials_not_checked',
} as const satisfies Record<Exclude<PasswordCheck, 'verified'>, string>;

/** The question whether a log-in would help the attempt, if its client may be asked for one on need. */
export function logInQuestion(
  policy: PolicySet,
  attempt: Attempt,
  authentication: Authentication,
): LogInQuestion | 'not_asked' {
  const { client, receivedAt } = attempt;
  if (client.identity.kind !== 'network' || authentication.kind !== 'on-need') return 'not_asked';
  if (!mayBeAsked(client, authentication)) return 'not_asked';
  return { policy, attempt, now: receivedAt, users: authentication.users.names() };
}

/** Asks the client to log in, by leaving the journey, if that would help. */
export function challengeIfHelpful(
  question: LogInQuestion | 'not_asked',
  find: (question: LogInQuestion) => LogIn | 'none',
): void {
  if (question !== 'not_asked' && find(question) !== 'none') throw new Challenged();
}

function mayBeAsked({ ip }: Client, { neverChallenge }: Exclude<Authentication, { kind: 'off' }>): boolean {
  return !neverChallenge.some((range) => rangeContains(range, ip));
}
