/**
 * The nouns of one try to get out: who asked, for what, and what was seen. Values only; this room decides nothing and
 * does nothing. Start at {@link Attempt}.
 */
import type { Destination, DomainName, IpAddress, Port } from '../address/index.js';

/** Who asked: the socket's peer, and the user it proved to be. ECS `client.*`, OCSF `src_endpoint`. */
export interface Client {
  readonly ip: IpAddress;
  readonly port: Port;
  readonly identity: Identity;
}

/** How the client is known. `network`: by its address alone (no credentials, or the anonymous `Basic Og==`). */
export type Identity = { readonly kind: 'network' } | { readonly kind: 'basic'; readonly user: string };

/**
 * What was asked for: one plain-HTTP request to forward (absolute-form, RFC 9112 §3.2.2) or a tunnel (CONNECT, §3.2.3).
 * `path` is the exact path as sent, without the query: a query never reaches the judge or a record (law 10).
 */
export type Intent =
  { readonly kind: 'forward'; readonly method: string; readonly path: string } | { readonly kind: 'tunnel' };

/** One try to get out. `id` is a UUIDv7 and appears in the reply, the log and every record (OCSF `connection_info.uid`). */
export interface Attempt {
  readonly id: string;
  readonly receivedAt: Date;
  readonly client: Client;
  readonly destination: Destination;
  readonly intent: Intent;
}

/** What the first bytes of the traffic proved. `not_checked`: nothing looked, because no reader for the protocol is installed. */
export type Observation =
  | { readonly protocol: 'http'; readonly method: string; readonly path: string }
  | { readonly protocol: 'tls'; readonly serverName: DomainName | 'none'; readonly alpn: readonly string[] }
  | { readonly protocol: 'ssh'; readonly softwareVersion: string }
  | { readonly protocol: 'unknown' | 'silent' | 'not_checked' };
