import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { stillCleared } from '../policy/index.js';
import { within } from '../system/index.js';
import { dayOf } from '../system/values/index.js';
import { addressFromSocket } from '../address/index.js';
import { serve, type Connection } from './connection.js';
import { Listeners, ownMachine, type ListenProblem } from './listening/index.js';
import { GonePeers } from './gone-peers/index.js';
import { ConnectionLimits, limitLog } from './limits/index.js';
import type { Proxy, ProxyOptions, ProxyStatistics, ProxyStopped } from './options.js';
import { passingTraffic, PendingWork, Registry, type PassingTraffic } from './registry/index.js';
import type { ProxyContext } from './context.js';
import { OpenAttempts, RecordingTrouble, zeroCounters } from './attempt-log/index.js';
import { createResolver, IdleUpstreams } from './upstream/index.js';
import { Prober } from './inspect/index.js';
import { BufferedSocket } from './socket/index.js';

/** How long a stop leaves a silent connection open, for a request that is on its way. */
const GRACE_MS = 1_000;
/** How long a stop waits, after ending what is left, for the last `close` records to reach the disk. */
const LAST_RECORDS_MS = 5_000;
/** How often the date is checked: a rule may have expired for tunnels that are open. */
const DAY_CHECK_MS = 30_000;

/** Opens every listener, or none: then gives the one that failed. */
export async function createProxy(options: ProxyOptions): Promise<Proxy | ListenProblem> {
  const proxy = new RunningProxy(options);
  const opened = await proxy.listen();
  return opened.kind === 'listen_problem' ? opened : proxy;
}

class RunningProxy implements Proxy {
  readonly kind = 'proxy';
  readonly #listeners = new Listeners();
  readonly #options: ProxyOptions;
  readonly #connections = new Registry<Connection>();
  readonly #limits: ConnectionLimits;
  readonly #context: ProxyContext;
  #dayTimer: NodeJS.Timeout | undefined;
  #day: string;
  #stopping = false;
  #drained = false;

  constructor(options: ProxyOptions) {
    const { policy, relay, authentication, times, contact = 'none', log, now, journal } = options;
    const trouble = new RecordingTrouble(log, journal);
    this.#options = options;
    this.#day = dayOf(now().getTime());
    this.#limits = new ConnectionLimits(options.connections, limitLog(log), { now, mono: () => performance.now() });
    this.#context = {
      ...{ policy, relay, authentication, times, contact, log },
      resolver: createResolver(options.resolver, times.dns, (servers) =>
        log.info('DNS servers of the system changed', { servers: servers.join(', ') }),
      ),
      machine: ownMachine(this.#listeners, options.otherListeners),
      idleUpstreams: new IdleUpstreams(),
      gonePeers: new GonePeers(options.goneLookMs),
      prober: new Prober(times),
      activeTraffic: new Registry(),
      stopping: () => this.#stopping,
      drained: () => this.#drained,
      pseudonym: `tidegate-${randomBytes(4).toString('hex')}`,
      recording: {
        journal,
        trouble,
        openAttempts: new OpenAttempts({ journal, trouble }),
        now,
        counters: zeroCounters(),
        answerMs: times.answer,
        revision: () => policy().revision,
        pendingWork: new PendingWork(),
      },
    };
  }

  get listeners() {
    return this.#listeners.addresses;
  }

  async listen() {
    const { listen, log, dayLookMs = DAY_CHECK_MS } = this.#options;
    const opened = await this.#listeners.open(listen, this.#accept, (error) =>
      log.error('a listener failed', { error: error.message }),
    );
    if (opened.kind === 'listening') {
      this.#dayTimer = setInterval(this.#checkDay, dayLookMs).unref();
      this.#context.gonePeers.start();
      this.#limits.start();
    }
    return opened;
  }

  readonly #checkDay = (): void => {
    const today = dayOf(this.#options.now().getTime());
    if (today === this.#day) return;
    this.#day = today;
    this.policyChanged();
  };

  readonly #accept = (socket: Socket): void => {
    const { over, closed } = this.#limits.arrived(clientOf(socket));
    if (over === 'no_room_to_refuse') {
      new BufferedSocket(socket).reset();
      return;
    }
    this.#context.gonePeers.watch('client', socket);
    const connection = serve(socket, over, this.#context);
    const remove = this.#connections.add(connection);
    // Until the socket is closed it costs a descriptor, even after its last request.
    socket.once('close', () => {
      remove();
      closed();
    });
  };

  readonly statistics = (): ProxyStatistics => {
    const { activeTraffic, gonePeers, recording, resolver } = this.#context;
    const tunnels = activeTraffic.all().filter(({ clearance }) => clearance.attempt.intent.kind === 'tunnel');
    return {
      connections: this.#limits.counts(),
      openTunnels: tunnels.length,
      gonePeers: gonePeers.found,
      ...structuredClone(recording.counters),
      cachedNames: resolver.cachedNames(),
    };
  };

  readonly passing = (): readonly PassingTraffic[] => this.#context.activeTraffic.all().map(passingTraffic);

  /** Judges active traffic again by the current policy, with the facts that each clearance holds. */
  readonly policyChanged = (): void => {
    const { policy, now, revocation } = this.#options;
    if (revocation === 'keep') return;
    const { activeTraffic, machine } = this.#context;
    const inForce = policy();
    const moment = now();
    for (const { clearance, end } of activeTraffic.all()) {
      if (stillCleared(inForce, clearance, moment, machine).kind === 'denied')
        end({ by: 'policy_change', detail: 'none' });
    }
  };

  readonly rereadDns = (): void => this.#context.resolver.reread();

  readonly stop = async (drainMs: number): Promise<ProxyStopped> => {
    const { activeTraffic, gonePeers, idleUpstreams, recording } = this.#context;
    this.#stopping = true;
    clearInterval(this.#dayTimer);
    this.#limits.stop();
    this.#listeners.close();
    // A request may be on its way: closing now would leave it without a response (law 7).
    const graceMs = Math.min(GRACE_MS, drainMs);
    await within(this.#allDone(), graceMs, 'late');
    for (const connection of this.#connections.all()) connection.closeIfIdle();
    await within(this.#allDone(), drainMs - graceMs, 'late');
    this.#drained = true;
    gonePeers.stop();
    const serving = this.#connections.all().filter((connection) => connection.isServing()).length;
    const ended = serving + recording.openAttempts.waiting;
    for (const active of activeTraffic.all()) active.end({ by: 'shutdown', detail: 'none' });
    for (const connection of this.#connections.all()) connection.cancel();
    idleUpstreams.close();
    await within(this.#allDone(), LAST_RECORDS_MS, 'late');
    await within(recording.pendingWork.settled(), LAST_RECORDS_MS, 'late');
    await within(recording.openAttempts.flush(), LAST_RECORDS_MS, 'late');
    recording.openAttempts.stop();
    recording.trouble.stop();
    return { ended, missing: recording.openAttempts.count };
  };

  #allDone(): Promise<unknown> {
    return Promise.all(this.#connections.all().map(({ done }) => done));
  }
}

/** The client that a connection counts for: the same one over IPv4 and over a listener for both. */
function clientOf({ remoteAddress }: Socket): string {
  return remoteAddress === undefined ? 'gone' : addressFromSocket(remoteAddress).text;
}
