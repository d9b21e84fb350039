import type { Client } from '../attempt/index.js';
import type { Authentication, Authenticator } from './options.js';
import type { RequestHead } from '../protocol/http/index.js';
import { refuseRequest, type Refusal } from './refusal/index.js';

/** The client must send credentials: the ordinary first half of .NET's handshake, so it is not recorded as a refusal. */
export interface Challenge {
  readonly kind: 'challenge';
}

/** A client whose identity is known. */
export interface Identified {
  readonly kind: 'client';
  readonly client: Client;
}

/** Receives the keyed hash of a user name that was claimed and not verified. */
interface ClaimedUser {
  readonly setClaimedUser: (hash: string) => void;
}

/**
 * Identifies the client: by Basic credentials if a users file is configured, else by network address (rule H17: for each
 * request, and before policy). `Basic Og==`, an empty name and password, is what .NET sends without credentials: it counts
 * as none. Without a users file credentials are ignored.
 */
export async function identify(
  peer: Client,
  credentials: RequestHead['credentials'],
  authentication: Authentication,
  claimed: ClaimedUser,
): Promise<Identified | Challenge | Refusal> {
  if (authentication.kind === 'off') return { kind: 'client', client: peer };
  switch (credentials.kind) {
    case 'none':
    case 'anonymous':
      return authentication.kind === 'required' ? { kind: 'challenge' } : { kind: 'client', client: peer };
    case 'malformed':
      return refuseRequest('credentials_rejected');
    case 'credentials':
      return await verify(peer, credentials, authentication.users, claimed);
  }
}

async function verify(
  peer: Client,
  { user, password }: Extract<RequestHead['credentials'], { kind: 'credentials' }>,
  users: Authenticator,
  claimed: ClaimedUser,
): Promise<Identified | Refusal> {
  const outcome = await users.verify(user, password, peer.ip.text);
  if (outcome === 'verified') return { kind: 'client', client: { ...peer, identity: { kind: 'basic', user } } };
  claimed.setClaimedUser(users.hashUserName(user));
  return refuseRequest(outcome === 'rejected' ? 'credentials_rejected' : 'credentials_rate_limited');
}
