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

/** Asks for all host keys of an SSH server: one tunnel and one handshake for each type, one after another. */
export async function askHostKeys(
  destination: Destination,
  way: Way,
  budgetMs: number,
): Promise<HostKeys | Unanswered> {
  const keys: ProbedHostKey[] = [];
  const failed: { type: string; detail: string }[] = [];
  for (const [type, algorithms] of Object.entries(TYPES)) {
    const shown = await askHostKey(destination, way, { algorithms, budgetMs });
    if (shown.kind === 'host_key') keys.push(shown);
    else if (isFinal(shown) && keys.length + failed.length === 0) return shown;
    else if (!isAbsent(shown)) failed.push({ type, detail: shown.kind === 'refused' ? shown.words : shown.detail });
  }
  return { kind: 'host_keys', keys, failed };
}

async function askHostKey(
  destination: Destination,
  way: Way,
  options: { readonly algorithms: readonly string[]; readonly budgetMs: number },
): Promise<ProbedHostKey | Unanswered> {
  const tunnel = await openTunnel(destination, way);
  return tunnel.kind === 'tunnel' ? probeHostKey(tunnel.socket, options) : tunnel;
}

/** Whether asking for another type would come to the same. */
function isFinal(shown: Unanswered): boolean {
  return shown.kind !== 'failed' || ['no_answer', 'closed', 'not_this_protocol'].includes(shown.why);
}

function isAbsent(shown: Unanswered): boolean {
  return shown.kind === 'failed' && shown.why === 'not_offered';
}
