/**
 * The facts of one attempt: which client, which destination, and what the traffic showed. Values only: this room decides
 * nothing and does nothing. Start at {@link Attempt}; `attempt-id.ts` has the form of ids.
 */
export { formatAttemptId, ID_COUNTS, readIdPrefix, type IdPrefix } from './attempt-id.js';
import type { Destination, DomainName, IpAddress, Port } from '../address/index.js';

/** The socket's peer, and the user it proved to be. ECS `client.*`, OCSF `src_endpoint`. */
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

/** One request or tunnel that a client asked for. `id` appears in the reply, the log and every record (OCSF `connection_info.uid`). */
export interface Attempt {
  readonly id: string;
  readonly receivedAt: Date;
  readonly client: Client;
  readonly destination: Destination;
  readonly intent: Intent;
}

/** What the traffic proved. `not_checked`: nothing looked, because a rule that relays anything holds (rule T1). */
export type Observation =
  | { readonly protocol: 'http'; readonly method: string; readonly path: string }
  | TlsTraffic
  | SshTraffic
  | { readonly protocol: 'unknown' | 'silent' | 'not_checked' };

/** A TLS handshake, as far as it was seen. */
export interface TlsTraffic {
  readonly protocol: 'tls';
  /** The name the client asks for (RFC 6066 §3); of Encrypted Client Hello it is the outer one, which all can see. */
  readonly serverName: DomainName | 'none';
  readonly alpn: readonly string[];
  /** The versions the client offers, newest first, such as `TLSv1.3`. */
  readonly offered: readonly string[];
  /** Whether the client sent an Encrypted Client Hello extension. Browsers always send one, so that it proves nothing. */
  readonly encryptedHello: boolean;
  /** The version the server chose. */
  readonly version: string | 'not_reached';
  readonly server: Shown<Certificate>;
  readonly client: Shown<Certificate>;
}

/** An SSH key exchange, as far as it was seen (RFC 4253). */
export interface SshTraffic {
  readonly protocol: 'ssh';
  /** What the client says it runs, such as `OpenSSH_9.2p1`. */
  readonly softwareVersion: string;
  readonly serverSoftwareVersion: string | 'not_reached';
  /** The negotiated method of key exchange. */
  readonly keyExchange: string | 'not_reached';
  readonly server: Shown<HostKey>;
}

/**
 * The identity that one end of a tunnel showed, and what that is worth (law 11). `proven`: its key signed this very
 * handshake. `claimed`: it presented this, and whether it holds the key cannot be seen on the wire. `forged`: the key of
 * what it presented did not make the signature. `probed`: a probe, tidegate's handshake with the same address, proved it. `hidden`:
 * nothing can be seen. `absent`: the handshake continued without. `broken`: this end violated the protocol. `not_reached`: not read, or not yet.
 */
export type Shown<T> =
  | { readonly kind: 'proven' | 'forged' | 'probed'; readonly identity: T }
  | { readonly kind: 'claimed'; readonly identity: T; readonly probe: Probe }
  | { readonly kind: 'hidden'; readonly why: 'tls_1_3' | 'resumed' | 'unknown_key_exchange'; readonly probe: Probe }
  | { readonly kind: 'absent' | 'broken' | 'not_reached' };

/** The result of a probe that should have shown more: `not_made`, or why it failed. */
export type Probe = 'not_made' | { readonly failed: string };

/** A certificate as Octopus knows it: by the SHA-1 of its DER, 40 upper-case hex digits. */
export interface Certificate {
  readonly thumbprint: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** An SSH host key by its fingerprints: `SHA256:` and unpadded base64, `MD5:` and colon-separated hex, as OpenSSH writes them. */
export interface HostKey {
  /** The key's type, such as `ssh-ed25519`; of a certificate, that of the certified key. */
  readonly type: string;
  readonly sha256: string;
  readonly md5: string;
  readonly certificate: HostCertificate | 'none';
}

/** An OpenSSH host certificate that vouches for a host key. `holds`: it is one for hosts, and the authority's signature is right. */
export interface HostCertificate {
  readonly authority: { readonly type: string; readonly sha256: string; readonly md5: string };
  readonly principals: readonly string[];
  /** Milliseconds since 1970; `notAfter` may be Infinity. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly holds: boolean;
}
