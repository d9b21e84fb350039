import type { Client } from '../attempt/index.js';
import { readBasicCredentials } from '../protocol/http/index.js';
import type { Authentication } from './options.js';
import { turnAway } from './refuse.js';
import type { Refusal } from './refuse.js';

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
  credentials: string | 'none',
  authentication: Authentication,
  claimed: (userHash: string) => void,
): Promise<Identified | Challenge | Refusal> {
  if (authentication.kind === 'off') return { kind: 'client', client: peer };
  const { users } = authentication;
  const read = credentials === 'none' ? ({ kind: 'anonymous' } as const) : readBasicCredentials(credentials);
  if (read.kind === 'anonymous') {
    return authentication.kind === 'required' ? { kind: 'challenge' } : { kind: 'client', client: peer };
  }
  if (read.kind === 'malformed') return turnAway('credentials_rejected');
  const outcome = await users.verify(read.user, read.password, peer.ip.text);
  if (outcome === 'verified') {
    return { kind: 'client', client: { ...peer, identity: { kind: 'basic', user: read.user } } };
  }
  claimed(users.hashUserName(read.user));
  return turnAway(outcome === 'rejected' ? 'credentials_rejected' : 'credentials_rate_limited');
}
