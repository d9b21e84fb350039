import type { Destination } from '../../address/index.js';
import {
  probeCertificate,
  type ProbedCertificate,
  type ProbedHostKey,
  type ProbeFailed,
  probeHostKey,
} from '../../probe/index.js';
import { openTunnel, type TunnelRefused, type Route } from './tunnel.js';

/** Why no identity was shown. */
export type NotShown = ProbeFailed | TunnelRefused | { readonly kind: 'no_proxy'; readonly detail: string };

/** The host keys of a server, and the types whose key could not be read. */
export interface HostKeys {
  readonly kind: 'host_keys';
  readonly keys: readonly ProbedHostKey[];
  readonly failed: readonly { readonly type: string; readonly detail: string }[];
  /** The algorithms of host certificates that it also offers; certificates are not requested. */
  readonly certificates: readonly string[];
}

/** The types of host keys, and the algorithms by which each signs. The newest first. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
};

/**
 * Requests the certificate of a TLS server, through one tunnel; `budgetMs` is for the handshake alone. For an address, no
 * server name is sent (RFC 6066 §3).
 */
export async function requestCertificate(
  destination: Destination,
  route: Route,
  budgetMs: number,
): Promise<ProbedCertificate | NotShown> {
  const tunnel = await openTunnel(destination, route);
  if (tunnel.kind !== 'tunnel') return tunnel;
  const serverName = destination.host.kind === 'name' ? destination.host.name : 'none';
  return probeCertificate(tunnel.socket, serverName, { budgetMs });
}

/**
 * Requests all host keys of an SSH server: one tunnel and one handshake for each type that it has, one after another. The
 * first one accepts any type, and shows what the server offers, so that nothing else is requested.
 */
export async function requestHostKeys(
  destination: Destination,
  route: Route,
  budgetMs: number,
): Promise<HostKeys | NotShown> {
  const request = (algorithms: readonly string[]) => requestHostKey(destination, route, { algorithms, budgetMs });
  const first = await request(Object.values(TYPES).flat());
  if (first.kind !== 'host_key') return first;
  const keys = [first];
  const failed: { type: string; detail: string }[] = [];
  for (const [type, algorithms] of Object.entries(TYPES)) {
    const offered = algorithms.filter((name) => first.offered.includes(name));
    if (offered.length === 0 || type === first.identity.type) continue;
    const shown = await request(offered);
    if (shown.kind === 'host_key') keys.push(shown);
    else failed.push({ type, detail: shown.kind === 'refused' ? shown.phrase : shown.detail });
  }
  const certificates = first.offered.filter((name) => name.includes('-cert-v0'));
  return { kind: 'host_keys', keys, failed, certificates };
}

async function requestHostKey(
  destination: Destination,
  route: Route,
  options: { readonly algorithms: readonly string[]; readonly budgetMs: number },
): Promise<ProbedHostKey | NotShown> {
  const tunnel = await openTunnel(destination, route);
  return tunnel.kind === 'tunnel' ? probeHostKey(tunnel.socket, options) : tunnel;
}
