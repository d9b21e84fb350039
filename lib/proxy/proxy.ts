import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { stillCleared } from '../policy/index.js';
import { within } from '../system/index.js';
import { dayOf } from '../system/values/index.js';
import { serve, type Connection } from './connection.js';
import { Listeners, ownListenerCheck } from './listeners.js';
import type { ListenProblem, Proxy, ProxyOptions } from './options.js';
import { Registry, PendingWork } from './registry/index.js';
import type { ActiveTraffic, ProxyContext } from './context.js';
import { zeroCounters } from './attempt-log/index.js';
import { createResolver, IdleUpstreams, type NameResolver } from './upstream/index.js';
import { Prober } from './inspect/index.js';

/** How long a stop leaves a silent connection open, for a request that is on its way. */
const GRACE_MS = 1_000;
/** How long a stop waits, after ending what is left, for the last `close` records to reach the disk. */
const LAST_RECORDS_MS = 5_000;

/** Opens every listener, or none: then says which one failed and why. */
export async function createProxy(options: ProxyOptions): Promise<Proxy | ListenProblem> {
  const resolver = createResolver(options.resolver, options.times.dns);
  const running = new Running(options, resolver);
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

/** How often the day is looked at: a rule's last day may be over for tunnels that are open. */
const DAY_LOOK_MS = 30_000;

class Running {
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
  #dayLook: NodeJS.Timeout | undefined;
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

  #lookAtTheDay(): void {
    const today = dayOf(this.#options.now().getTime());
    if (today === this.#day) return;
    this.#day = today;
    this.policyChanged();
  }

  async listen(): Promise<ListenProblem | 'none'> {
    const { listen, log, dayLookMs = DAY_LOOK_MS } = this.#options;
    const problem = await this.listeners.open(listen, this.#accept, (error) =>
      log.error('a listener failed', { error: error.message }),
    );
    if (problem === 'none') this.#dayLook = setInterval(() => this.#lookAtTheDay(), dayLookMs).unref();
    return problem;
  }

  readonly #accept = (socket: Socket): void => {
    const from = socket.remoteAddress ?? 'gone';
    const already = this.#perClient.get(from) ?? 0;
    const connection = serve(socket, this.#overLimit(already), this.#context);
    const leave = this.#connections.enter(connection);
    this.#perClient.set(from, already + 1);
    // Not when its last trip is done: until the socket is closed it costs a descriptor.
    socket.once('close', () => {
      leave();
      const left = (this.#perClient.get(from) ?? 1) - 1;
      if (left > 0) this.#perClient.set(from, left);
      else this.#perClient.delete(from);
    });
  };

  #overLimit(fromSameClient: number): 'no' | 'too_many_connections' | 'too_many_from_client' {
    const { total, perClient } = this.#options.connections;
    if (this.#connections.size >= total) return 'too_many_connections';
    return fromSameClient >= perClient ? 'too_many_from_client' : 'no';
  }

  statistics() {
    let openTunnels = 0;
    for (const { tunnel } of this.#activeTraffic.all()) if (tunnel) openTunnels += 1;
    return {
      openConnections: this.#connections.size,
      openTunnels,
      ...this.#counters,
      checks: structuredClone(this.#counters.checks),
      cachedNames: this.#resolver.cachedNames(),
    };
  }

  /** Asks the judge again with the facts each open passage holds: revocation is no second code path. */
  policyChanged(): void {
    if (this.#options.revocation === 'keep') return;
    const policy = this.#options.policy();
    const now = this.#options.now();
    for (const activeTraffic of this.#activeTraffic.all()) {
      const verdict = stillCleared(policy, activeTraffic.clearance, now, this.#context.isOwnListener);
      if (verdict.kind === 'denied') activeTraffic.end('policy_change');
    }
  }

  async stop(drainMs: number): Promise<{ readonly ended: number }> {
    this.#stopping = true;
    clearInterval(this.#dayLook);
    this.listeners.close();
    // A request may be on its way: closing on it would be no answer at all (law 7).
    const graceMs = Math.min(GRACE_MS, drainMs);
    await within(this.#allDone(), graceMs, 'late');
    for (const connection of this.#connections.all()) connection.closeIfIdle();
    await within(this.#allDone(), drainMs - graceMs, 'late');
    this.#drained = true;
    const ended = this.#connections.all().filter((connection) => connection.underWay()).length;
    for (const activeTraffic of this.#activeTraffic.all()) activeTraffic.end('shutdown');
    for (const connection of this.#connections.all()) connection.giveUp();
    this.#idleUpstreams.close();
    await within(this.#allDone(), LAST_RECORDS_MS, 'late');
    await within(this.#pendingWork.finished(), LAST_RECORDS_MS, 'late');
    return { ended };
  }

  #allDone(): Promise<unknown> {
    return Promise.all(this.#connections.all().map(({ done }) => done));
  }
}
