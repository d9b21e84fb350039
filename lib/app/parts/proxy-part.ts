import { type Config, formatListen } from '../../config/index.js';
import type { Journal } from '../../journal/index.js';
import { type Authentication, createProxy, type ListenAddress, type Proxy } from '../../proxy/index.js';
import type { Repository } from '../../repository/index.js';
import type { Users } from '../../users/index.js';
import { type AppContext, StartError } from '../context/index.js';

/** Opens the listeners. From here on clients are served. Throws a {@link StartError}. */
export async function proxyPart(
  { config, log }: AppContext,
  users: Users | 'off',
  repository: Repository,
  journal: Journal,
  otherListeners: readonly ListenAddress[],
): Promise<Proxy> {
  const { timeouts, limits, dns } = config;
  const proxy = await createProxy({
    listen: config.listen,
    otherListeners,
    policy: repository.current,
    journal,
    authentication: authenticationOf(config, users),
    resolver: { servers: dns.servers, cacheEntries: dns.cache, hosts: config.hosts },
    times: {
      head: timeouts.headMs,
      idle: timeouts.idleMs,
      dns: dns.timeoutMs,
      dial: timeouts.dialMs,
      answer: timeouts.answerMs,
      response: timeouts.responseMs,
      stalled: timeouts.stalledMs,
      tunnelIdle: timeouts.tunnelIdleMs,
      halfClosed: timeouts.halfClosedMs,
      hello: timeouts.helloMs,
      handshake: timeouts.handshakeMs,
      probe: timeouts.probeMs,
      probeMemory: timeouts.probeMemoryMs,
      progress: config.progressMs,
    },
    connections: { total: limits.connections, perClient: limits.connectionsPerClient },
    revocation: config.revocation,
    log,
    now: () => new Date(),
  });
  if (proxy.kind === 'proxy') return proxy;
  const { address, code } = proxy;
  throw new StartError('cannot_listen', `cannot listen on ${formatListen(address)} (${code})`, [
    remedies[code] ?? 'choose another address with --listen',
  ]);
}

const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use: stop the program that listens there, or choose another port with --listen',
  EACCES: 'this account lacks the privilege that ports below 1024 need: choose another port with --listen',
  EADDRNOTAVAIL: 'this machine has no such address: choose one of its addresses with --listen',
};

function authenticationOf({ users: setting }: Config, users: Users | 'off'): Authentication {
  if (users === 'off' || setting.kind === 'off') return { kind: 'off' };
  return { kind: setting.required ? 'required' : 'optional', users };
}
