import { type Config, formatListen } from '../../config/index.js';
import type { Journal } from '../../journal/index.js';
import { type Authentication, createProxy, type ListenAddress, type Proxy } from '../../proxy/index.js';
import { portableRelay } from '../../relay/index.js';
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
  const proxy = await createProxy({
    listen: config.listen,
    otherListeners,
    policy: repository.current,
    journal,
    relay: portableRelay,
    authentication: authenticationOf(config, users),
    resolver: { servers: config['dns.servers'], cacheEntries: config['dns.cache'], hosts: config.hosts },
    times: {
      head: config['timeouts.head'],
      idle: config['timeouts.idle'],
      dns: config['dns.timeout'],
      dial: config['timeouts.dial'],
      answer: config['timeouts.answer'],
      response: config['timeouts.response'],
      stalled: config['timeouts.stalled'],
      tunnelIdle: config['timeouts.tunnel-idle'],
      halfClosed: config['timeouts.half-closed'],
      hello: config['timeouts.hello'],
      handshake: config['timeouts.handshake'],
      probe: config['timeouts.probe'],
      probeMemory: config['timeouts.probe-memory'],
      progress: config.progress,
    },
    contact: config['refusals.contact'],
    connections: { total: config['limits.connections'], perClient: config['limits.connections-per-client'] },
    revocation: config.revocation,
    log,
    now: () => new Date(),
  });
  if (proxy.kind === 'proxy') return proxy;
  const { address, code } = proxy;
  const remedy = overlapOf(address, config.listen) ?? remedies[code] ?? 'choose another address with --listen';
  throw new StartError('cannot_listen', `cannot listen on ${formatListen(address)} (${code})`, [remedy]);
}

/** What to do where a listener cannot be opened because of another one of the configuration. */
function overlapOf(address: ListenAddress, all: readonly ListenAddress[]): string | undefined {
  const { host, port } = address;
  const samePort = all.filter((other) => other !== address && other.port === port && port !== 0);
  const other = samePort.find(
    (each) => each.host === host || each.host === ANY[family(host)] || host === ANY[family(each.host)],
  );
  if (other === undefined) return undefined;
  return `${formatListen(address)} and ${formatListen(other)} overlap, if no other program listens there: leave one out`;
}

const ANY = { 4: '0.0.0.0', 6: '::' } as const;

function family(host: string): 4 | 6 {
  return host.includes(':') ? 6 : 4;
}

const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use: stop the program that listens there, or choose another port with --listen',
  EACCES: 'this account lacks the privilege that ports below 1024 need: choose another port with --listen',
  EADDRNOTAVAIL: 'this machine has no such address: choose one of its addresses with --listen',
};

function authenticationOf(config: Config, users: Users | 'off'): Authentication {
  const { 'users.challenge': kind, 'users.never-challenge': neverChallenge } = config;
  if (users === 'off' || kind === 'no users file') return { kind: 'off' };
  return { kind, neverChallenge, users };
}
