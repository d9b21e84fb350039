import type { Socket } from 'node:net';
import { type Destination, formatDestination } from '../../address/index.js';
import {
  probeCertificate,
  type ProbedCertificate,
  type ProbedHostKey,
  type ProbeFailed,
  probeHostKey,
} from '../../probe/index.js';
import type { ProxyUser } from '../console/index.js';
import { attemptIn, type ListenerAddress, requestConnect } from '../proxy-client/index.js';

/** The proxy of a tunnel, and the user that opens it. */
interface Route {
  readonly proxy: ListenerAddress;
  readonly user: ProxyUser;
}

/** A refusal by the proxy, from its reply; `phrase` is the reason phrase, `attempt` the id or `'none'`. */
export interface TunnelRefused {
  readonly kind: 'refused';
  readonly status: number;
  readonly phrase: string;
  readonly attempt: string;
}

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
  const request = async (algorithms: readonly string[]): Promise<ProbedHostKey | NotShown> => {
    const tunnel = await openTunnel(destination, route);
    return tunnel.kind === 'tunnel' ? probeHostKey(tunnel.socket, { algorithms, budgetMs }) : tunnel;
  };
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

type Tunnel = { readonly kind: 'tunnel'; readonly socket: Socket } | Exclude<NotShown, ProbeFailed>;

/** tidegate answers a CONNECT in under twelve seconds (law 7). */
const REPLY_TIMEOUT_MS = 20_000;

async function openTunnel(destination: Destination, { proxy, user }: Route): Promise<Tunnel> {
  const reply = await requestConnect(proxy, formatDestination(destination), user, REPLY_TIMEOUT_MS);
  if (reply.kind !== 'answer') return { kind: 'no_proxy', detail: reply.detail };
  const { head, socket } = reply;
  const { statusCode: status = 0, statusMessage = '' } = head;
  if (status === 200) return { kind: 'tunnel', socket };
  socket.destroy();
  return { kind: 'refused', status, phrase: statusMessage || `status ${status}`, attempt: attemptIn(head) };
}
