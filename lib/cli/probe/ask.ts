import type { Destination } from '../../address/index.js';
import {
  probeCertificate,
  type ProbedCertificate,
  type ProbedHostKey,
  type ProbeFailed,
  probeHostKey,
} from '../../probe/index.js';
import { openTunnel, type TunnelRefused, type Way } from './tunnel.js';

/** Why there is nothing to show. */
export type Unanswered = ProbeFailed | TunnelRefused | { readonly kind: 'no_proxy'; readonly detail: string };

/** The host keys a server has, and the types for which it could not be found out. */
export interface HostKeys {
  readonly kind: 'host_keys';
  readonly keys: readonly ProbedHostKey[];
  readonly failed: readonly { readonly type: string; readonly detail: string }[];
  /** The algorithms of host certificates that it offers besides; certificates are not asked for. */
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
 * Asks for the certificate of a TLS server, by one tunnel; `budgetMs` is for the handshake alone. An address is asked
 * without a server name (RFC 6066 §3).
 */
export async function askCertificate(
  destination: Destination,
  way: Way,
  budgetMs: number,
): Promise<ProbedCertificate | Unanswered> {
  const tunnel = await openTunnel(destination, way);
  if (tunnel.kind !== 'tunnel') return tunnel;
  const serverName = destination.host.kind === 'name' ? destination.host.name : 'none';
  return probeCertificate(tunnel.socket, serverName, { budgetMs });
}

/**
 * Asks for all host keys of an SSH server: one tunnel and one handshake for each type that it has, one after another. The
 * first one asks for any, and shows what the server offers, so that it is asked for nothing else.
 */
export async function askHostKeys(
  destination: Destination,
  way: Way,
  budgetMs: number,
): Promise<HostKeys | Unanswered> {
  const ask = (algorithms: readonly string[]) => askHostKey(destination, way, { algorithms, budgetMs });
  const first = await ask(Object.values(TYPES).flat());
  if (first.kind !== 'host_key') return first;
  const keys = [first];
  const failed: { type: string; detail: string }[] = [];
  for (const [type, algorithms] of Object.entries(TYPES)) {
    const offered = algorithms.filter((name) => first.offered.includes(name));
    if (offered.length === 0 || type === first.identity.type) continue;
    const shown = await ask(offered);
    if (shown.kind === 'host_key') keys.push(shown);
    else failed.push({ type, detail: shown.kind === 'refused' ? shown.words : shown.detail });
  }
  const certificates = first.offered.filter((name) => name.includes('-cert-v0'));
  return { kind: 'host_keys', keys, failed, certificates };
}

async function askHostKey(
  destination: Destination,
  way: Way,
  options: { readonly algorithms: readonly string[]; readonly budgetMs: number },
): Promise<ProbedHostKey | Unanswered> {
  const tunnel = await openTunnel(destination, way);
  return tunnel.kind === 'tunnel' ? probeHostKey(tunnel.socket, options) : tunnel;
}
