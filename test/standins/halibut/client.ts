/**
 * The side of Halibut that goes out: Octopus Server calling Listening Tentacles, and a Polling Tentacle asking its server
 * for work. Learned from the public source (`Transport/SecureListeningClient.cs`, `SecureClient.cs`, `PollingClient.cs`).
 */
import { randomUUID } from 'node:crypto';
import type { Certificate } from '../../fixtures/certificate.js';
import {
  discover,
  openConnection,
  PLATFORM,
  uriOf,
  type Connection,
  type EndPoint,
  type Platform,
} from './connection.js';
import { asException, DotnetException } from './exceptions.js';
import type { Request, Response, Value } from './messages.js';
import { ConnectionPool } from './pool.js';

/** Whom Halibut runs as, where, and what it does not leave to the world: its limits and its clock, for tests that cannot wait. */
export interface ClientOptions {
  readonly certificate: Certificate;
  readonly platform?: Platform;
  /** How long an idle connection is kept, ms. */
  readonly pooledTimeout?: number;
  readonly now?: () => number;
  /** Waits, ms. */
  readonly pause?: (ms: number) => Promise<void>;
}

/** How often Halibut tries, how far apart and for how long altogether (ms). */
export const TRIES = { count: 5, apart: 1_000, within: 300_000 } as const;

/** Nine minutes, ms. */
export const POOLED_TIMEOUT = 540_000;

/** A Halibut that calls. */
export class HalibutClient {
  /** What it wrote into its log. */
  readonly log: string[] = [];
  /** How many connections it has opened, or tried to. */
  opened = 0;
  readonly #certificate: Certificate;
  readonly #platform: Platform;
  readonly #pause: (ms: number) => Promise<void>;
  readonly #now: () => number;
  readonly #pool: ConnectionPool<Connection>;
  #calls = 0;

  constructor({
    certificate,
    platform = PLATFORM,
    pooledTimeout = POOLED_TIMEOUT,
    now = Date.now,
    pause = sleep,
  }: ClientOptions) {
    this.#certificate = certificate;
    this.#platform = platform;
    this.#pause = pause;
    this.#now = now;
    this.#pool = new ConnectionPool(pooledTimeout, now);
  }

  /** Calls a method. Rejects with what Halibut throws, of which a task log shows the message. */
  async call(to: EndPoint, service: string, method: string, ...params: readonly Value[]): Promise<Value> {
    const request = this.#request(to, service, method, params);
    const { error, result } = await this.#transact(to, 'listening', (connection) => connection.call(request));
    if (error !== 'none') throw new DotnetException('Halibut.HalibutClientException', error);
    return result;
  }

  /** The thumbprint of whoever listens there, asked once. */
  async discover(to: Omit<EndPoint, 'thumbprint'>): Promise<string> {
    this.opened++;
    return discover(to, this.#platform).catch((error: unknown) => {
      throw new DotnetException('Halibut.HalibutClientException', asException(error).message, error);
    });
  }

  /** One round of a polling service: asks for work and does it until the connection breaks, and tells how it broke. */
  async poll(to: EndPoint, subscription: string, handle: (request: Request) => Promise<Response>): Promise<never> {
    return this.#transact(to, 'polling', (connection) => connection.serve(subscription, handle));
  }

  idle(to: EndPoint): number {
    return this.#pool.idle(keyOf(to));
  }

  /** Ends the idle connections. */
  close(): Promise<void> {
    return this.#pool.clear();
  }

  async #transact<T>(
    to: EndPoint,
    as: 'listening' | 'polling',
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const began = this.#now();
    let [last, retry] = ['none' as DotnetException | 'none', true];
    for (let i = 0; i < TRIES.count && retry && this.#now() - began < TRIES.within; i++) {
      if (i > 0) {
        await this.#pause(TRIES.apart);
        this.log.push(`Retrying connection to ${uriOf(to)} - attempt #${i}.`);
      }
      const done = await this.#attempt(to, work);
      if (done.kind === 'done') return done.value;
      last = done.exception;
      this.log.push(last.message);
      retry = this.#mayRetry(done.connected, last, as);
      if (isInitialization(last) && i === 1) await this.#pool.clear(keyOf(to));
    }
    const when = retry ? 'before the request could begin' : 'after the request began';
    const message = last === 'none' ? '' : last.message;
    throw new DotnetException(
      'Halibut.HalibutClientException',
      `An error occurred when sending a request to '${uriOf(to)}', ${when}: ${message}`,
      last,
    );
  }

  /** Once a request may have been sent, there is no second try: the other side may have begun with it. */
  #mayRetry(connected: boolean, exception: DotnetException, as: 'listening' | 'polling'): boolean {
    if (isInitialization(exception)) return true;
    if (connected || exception.type.endsWith('UnexpectedCertificateException')) return false;
    if (exception.type.endsWith('AuthenticationException')) return false;
    return as === 'listening' || !exception.message.startsWith('Connection refused');
  }

  async #attempt<T>(
    to: EndPoint,
    work: (connection: Connection) => Promise<T>,
  ): Promise<{ kind: 'done'; value: T } | { kind: 'failed'; connected: boolean; exception: DotnetException }> {
    let connection: Connection | 'none' = 'none';
    try {
      connection = await this.#acquire(to);
      const value = await work(connection);
      await this.#pool.give(keyOf(to), connection);
      return { kind: 'done', value };
    } catch (error) {
      if (connection !== 'none') await connection.end();
      return { kind: 'failed', connected: connection !== 'none', exception: asException(error) };
    }
  }

  async #acquire(to: EndPoint): Promise<Connection> {
    const kept = await this.#pool.take(keyOf(to));
    if (kept !== 'none') return kept;
    this.opened++;
    return openConnection(to, this.#certificate, this.#platform);
  }

  #request(to: EndPoint, service: string, method: string, params: readonly Value[]): Request {
    const activity = randomUUID();
    return {
      id: `${service}::${method}Async[${++this.#calls}] / ${activity}`,
      activityId: Buffer.from(activity.replaceAll('-', ''), 'hex'),
      endpoint: endpointOf(to),
      service,
      method,
      params,
    };
  }
}

/** Calls the same key of the pool only those that agree in all of this, the proxy's credentials among it. */
function keyOf(to: EndPoint): string {
  return JSON.stringify([uriOf(to), to.thumbprint, to.proxy]);
}

/** The endpoint as Halibut writes it into every request: with its proxy, and the password for that. */
function endpointOf({ thumbprint, proxy, ...to }: EndPoint): Readonly<Record<string, unknown>> {
  return {
    PollingRequestQueueTimeout: '00:02:00',
    RetryListeningSleepInterval: '00:00:01',
    RetryCountLimit: TRIES.count,
    ConnectionErrorRetryTimeout: '00:05:00',
    TcpClientConnectTimeout: '00:01:00',
    BaseUri: uriOf(to),
    RemoteThumbprint: thumbprint,
    Proxy:
      proxy === 'none'
        ? null
        : {
            Host: proxy.host,
            Port: proxy.port,
            UserName: proxy.userName ?? null,
            Password: proxy.password ?? null,
            Type: 1, // HTTP
          },
    ForceResolveHost: null,
    IsWebSocketEndpoint: false,
  };
}

function isInitialization({ type }: DotnetException): boolean {
  return type.endsWith('ConnectionInitializationFailedException');
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
