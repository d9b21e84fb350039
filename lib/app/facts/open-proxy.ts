import { type Config, formatListen } from '../../config/index.js';
import { observesAnyone, type PolicySet } from '../../policy/index.js';
import type { ListenAddress } from '../../proxy/index.js';

/** An instance that lets anyone out who can connect to it: what is open, and what to do. */
export interface OpenProxy {
  readonly words: string;
  readonly remedy: string;
}

const REMEDY =
  'name your clients ("clients:" with users or networks in each observing policy), write users: {challenge: always}, or listen on 127.0.0.1';

/**
 * Whether every client is observed on a listener that other machines can reach: then anyone who can connect gets out, whatever
 * the rules list. Clients who must log in are known, so a proxy that asks every client is not open.
 */
export function openProxy(
  config: Pick<Config, 'users.challenge' | 'users.never-challenge'>,
  listeners: readonly ListenAddress[],
  policy: PolicySet,
): OpenProxy | 'none' {
  const reachable = listeners.filter(({ host }) => !isLoopback(host));
  const unasked = config['users.challenge'] === 'always' ? config['users.never-challenge'] : 'anywhere';
  if (reachable.length === 0 || !observesAnyone(policy, unasked)) return 'none';
  const where = reachable.map(formatListen).join(', ');
  const words = `open proxy: every client is observed on ${where}: anyone who can connect gets out, into private networks too`;
  return { words, remedy: REMEDY };
}

function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1' || host.startsWith('::ffff:127.') || host === 'localhost';
}
