import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { stillCleared } from '../policy/index.js';
import { within } from '../system/index.js';
import { dayOf } from '../system/values/index.js';
import { serve, type Connection, type OverLimit } from './connection.js';
import { Listeners, ownListenerCheck, type ListenProblem } from './listening/index.js';
import type { Proxy, ProxyOptions, ProxyStatistics } from './options.js';
import { PendingWork, Registry, type ActiveTraffic } from './registry/index.js';
import type { ProxyContext } from './context.js';
import { zeroCounters } from './attempt-log/index.js';
import { createResolver, IdleUpstreams, type NameResolver } from './upstream/index.js';
import { Prober } from './inspect/index.js';

/** How long a stop leaves a silent connection open, for a request that is on its way. */
const GRACE_MS = 1_000;
/** How long a stop waits, after ending what is left, for the last `close` records to reach the disk. */
const LAST_RECORDS_MS = 5_000;

/** Opens every listener, or none: then gives the one that failed. */
export async function createProxy(options: ProxyOptions): Promise<Proxy | ListenProblem> {
  const resolver = createResolver(options.resolver, options.times.dns);
  const running = new RunningProxy(options, resolver);
  const problem = await running.listen();
  if (problem !== 'none') return problem;
  return {
    kind: 'proxy',
    listeners: running.listeners.addresses,
    statistics: () => running.statistics(),
    policyChanged: () => running.policyChanged(),
    stop: (drainMs) => running.stop(drainMs),
  };
}

/** How often the date is checked: a rule may have expired for tunnels that are open. */
const DAY_CHECK_MS = 30_000;

class RunningProxy {
  readonly listeners = new Listeners();
  readonly #options: ProxyOptions;
  readonly #resolver: NameResolver;
  readonly #counters = zeroCounters();
  readonly #pendingWork = new PendingWork();
  readonly #activeTraffic = new Registry<ActiveTraffic>();
  readonly #connections = new Registry<Connection>();
  readonly #perClient = new Map<string, number>();
  readonly #idleUpstreams = new IdleUpstreams();
  readonly #context: ProxyContext;
  #dayTimer: NodeJS.Timeout | undefined;
  #day: string;
  #stopping = false;
  #drained = false;

  constructor(options: ProxyOptions, resolver: NameResolver) {
    this.#options = options;
    this.#resolver = resolver;
    this.#day = dayOf(options.now().getTime());
    this.#context = {
      policy: options.policy,
      authentication: options.authentication,
      resolver,
      isOwnListener: ownListenerCheck(this.listeners, options.otherListeners),
      times: options.times,
      idleUpstreams: this.#idleUpstreams,
      prober: new Prober(options.times),
      relay: options.relay,
      activeTraffic: this.#activeTraffic,
      stopping: () => this.#stopping,
      drained: () => this.#drained,
      log: options.log,
      pseudonym: `tidegate-${randomBytes(4).toString('hex')}`,
      recording: {
        journal: options.journal,
        log: options.log,
        now: options.now,
        counters: this.#counters,
        answerMs: options.times.answer,
        revision: () => options.policy().revision,
        pendingWork: this.#pendingWork,
      },
    };
  }

  #checkDay(): void {
    const today = dayOf(this.#options.now().getTime());
    if (today === this.#day) return;
    this.#day = today;
    this.policyChanged();
  }

  async listen(): Promise<ListenProblem | 'none'> {
    const { listen, log, dayLookMs = DAY_CHECK_MS } = this.#options;
    const problem = await this.listeners.open(listen, this.#accept, (error) =>
      log.error('a listener failed', { error: error.message }),
    );
    if (problem === 'none') this.#dayTimer = setInterval(() => this.#checkDay(), dayLookMs).unref();
    return problem;
  }

  readonly #accept = (socket: Socket): void => {
    const from = socket.remoteAddress ?? 'gone';
    const already = this.#perClient.get(from) ?? 0;
    const connection = serve(socket, this.#overLimit(already), this.#context);
    const remove = this.#connections.add(connection);
    this.#perClient.set(from, already + 1);
    // Until the socket is closed it costs a descriptor, even after its last request.
    socket.once('close', () => {
      remove();
      const left = (this.#perClient.get(from) ?? 1) - 1;
      if (left > 0) this.#perClient.set(from, left);
      else this.#perClient.delete(from);
    });
  };

  #overLimit(fromSameClient: number): OverLimit {
    const { total, perClient } = this.#options.connections;
    if (this.#connections.size >= total) return 'too_many_connections';
    return fromSameClient >= perClient ? 'too_many_from_client' : 'no';
  }

  statistics(): ProxyStatistics {
    const tunnels = this.#activeTraffic.all().filter(({ clearance }) => clearance.attempt.intent.kind === 'tunnel');
    return {
      openConnections: this.#connections.size,
      openTunnels: tunnels.length,
      ...this.#counters,
      checks: structuredClone(this.#counters.checks),
      cachedNames: this.#resolver.cachedNames(),
    };
  }

  /** Judges active traffic again by the current policy, with the facts that each clearance holds. */
  policyChanged(): void {
    if (this.#options.revocation === 'keep') return;
    const policy = this.#options.policy();
    const now = this.#options.now();
    for (const active of this.#activeTraffic.all()) {
      const verdict = stillCleared(policy, active.clearance, now, this.#context.isOwnListener);
      if (verdict.kind === 'denied') active.end('policy_change');
    }
  }

  async stop(drainMs: number): Promise<{ readonly ended: number }> {
    this.#stopping = true;
    clearInterval(this.#dayTimer);
    this.listeners.close();
    // A request may be on its way: closing now would leave it without a response (law 7).
    const graceMs = Math.min(GRACE_MS, drainMs);
    await within(this.#allDone(), graceMs, 'late');
    for (const connection of this.#connections.all()) connection.closeIfIdle();
    await within(this.#allDone(), drainMs - graceMs, 'late');
    this.#drained = true;
    const ended = this.#connections.all().filter((connection) => connection.isServing()).length;
    for (const active of this.#activeTraffic.all()) active.end('shutdown');
    for (const connection of this.#connections.all()) connection.cancel();
    this.#idleUpstreams.close();
    await within(this.#allDone(), LAST_RECORDS_MS, 'late');
    await within(this.#pendingWork.settled(), LAST_RECORDS_MS, 'late');
    return { ended };
  }

  #allDone(): Promise<unknown> {
    return Promise.all(this.#connections.all().map(({ done }) => done));
  }
}
