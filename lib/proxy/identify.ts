import { clientBlock } from '../address/index.js';
import type { Client } from '../attempt/index.js';
import type { AttemptLog } from './attempt-log/index.js';
import type { Authentication, PasswordCheck } from './options.js';
import type { RequestHead } from '../protocol/http/index.js';
import { refuseRequest, type Refusal } from './refusal/index.js';

/** A client whose identity is known. */
interface Identified {
  readonly kind: 'client';
  readonly client: Client;
}

/**
 * Identifies the client: by Basic credentials if a users file is configured, else by network address (rule H17: for each
 * request, and before policy). `Basic Og==`, an empty name and password, is what .NET sends without credentials: it counts
 * as none. Without a users file credentials are ignored. A challenge is the ordinary first half of .NET's handshake, so it
 * is not recorded as a refusal. `claimed` gets the keyed hash of a user name that is not verified.
 */
export async function identify(
  peer: Client,
  credentials: RequestHead['credentials'],
  authentication: Authentication,
  claimed: Pick<AttemptLog, 'setClaimedUser'>,
): Promise<Identified | { readonly kind: 'challenge' } | Refusal> {
  if (authentication.kind === 'off') return { kind: 'client', client: peer };
  switch (credentials.kind) {
    case 'none':
    case 'anonymous':
      return authentication.kind === 'required' ? { kind: 'challenge' } : { kind: 'client', client: peer };
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
