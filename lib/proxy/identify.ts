import type { Client } from '../attempt/index.js';
import type { RequestHead } from '../protocol/http/index.js';
import type { Authentication, Authenticator } from './options.js';
import { refuseRequest, type Refusal } from './refusal/index.js';

/** The client is asked for credentials: the ordinary first leg of .NET's handshake, and so not recorded as a refusal. */
export interface Challenge {
  readonly kind: 'challenge';
}

/** Who the client is. A name that was claimed and not proven is told to `claimed`, as a keyed hash. */
export interface Identified {
  readonly kind: 'client';
  readonly client: Client;
}

/**
 * Says who asks: by Basic credentials where a users file is in use, else by network address (rule H17: for each request,
 * and before policy). `Basic Og==`, an empty name and password, is what .NET sends when it has no credentials: it counts
 * as none. Without a users file nobody can prove a name, so credentials are not looked at and no name is believed.
 */
export async function identify(
  peer: Client,
  credentials: RequestHead['credentials'],
  authentication: Authentication,
  claimed: (userHash: string) => void,
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
  claimed: (userHash: string) => void,
): Promise<Identified | Refusal> {
  const outcome = await users.verify(user, password, peer.ip.text);
  if (outcome === 'verified') {
    return { kind: 'client', client: { ...peer, identity: { kind: 'basic', user } } };
  }
  claimed(users.hashUserName(user));
  return refuseRequest(outcome === 'rejected' ? 'credentials_rejected' : 'credentials_rate_limited');
}
