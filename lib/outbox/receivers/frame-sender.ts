import { connect as dial, isIP, type LookupFunction, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as dialTls } from 'node:tls';
import { errorMessage } from '../../system/index.js';
import { type Delivery, unavailable } from './delivery.js';
import { octetCounted } from './syslog-message.js';
import type { Trust } from './trust.js';

/** Where to send frames to. */
export interface FrameTarget {
  readonly host: string;
  readonly port: number;
  readonly lookup: LookupFunction;
  /** `'plain'`: TCP without TLS. */
  readonly trust: Trust | 'plain';
  /** For each of dialling and sending. */
  readonly timeoutMs: number;
  /** Called when the receiver ends the connection that is kept for the next messages: data it has read may be lost. */
  readonly onLost: () => void;
}

/**
 * A receiver that has stopped, or accepts no more connections, closes ours within a round trip. BUG: where a round trip
 * takes longer, its data counts as received.
 */
const GRACE_MS = 50;
const KEEP_ALIVE_MS = 15_000;

/**
 * Sends octet-counted frames in order over TCP or TLS (RFC 6587 §3.4.1, RFC 5425).
 *
 * The protocol has no acknowledgement, and a completed write means only that the kernel has the bytes. So every `send`
 * closes its side of the connection and waits until the receiver closes the other, which a reader does when it has read
 * everything. The next connection is opened before that: if it breaks, the receiver was restarted, and `onLost` reports it.
 */
export class FrameSender {
  readonly #target: FrameTarget;
  /** The connection for the next messages. */
  #next: Connection | 'none' = 'none';

  constructor(target: FrameTarget) {
    this.#target = target;
  }

  /** Settles once the receiver has read all of the messages, or with why that is unknown. Called one at a time. Never throws. */
  async send(messages: readonly Uint8Array[], signal: AbortSignal): Promise<Delivery> {
    const opened: Connection[] = [];
    const stop = (): void => opened.forEach((connection) => connection.destroy('stopped'));
    signal.addEventListener('abort', stop);
    try {
      const connection = this.#next === 'none' ? await open(this.#target, opened) : this.#next;
      this.#next = 'none';
      opened.push(connection);
      await connection.write(Buffer.concat(messages.map(octetCounted)));
      await this.#openNext(opened, signal);
      await connection.finish();
      return { kind: 'accepted' };
    } catch (error) {
      this.close();
      return unavailable(errorMessage(error));
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Closes the connection that is kept for the next messages. */
  close(): void {
    if (this.#next !== 'none') this.#next.destroy('no longer needed');
    this.#next = 'none';
  }

  /** Opens the connection for the next messages, which meanwhile shows that the receiver is running. */
  async #openNext(opened: Connection[], signal: AbortSignal): Promise<void> {
    const [next] = await Promise.all([open(this.#target, opened), delay(GRACE_MS, undefined, { signal })]);
    this.#next = next;
    next.whenLost(() => {
      if (this.#next === next) this.#next = 'none';
      this.#target.onLost();
    });
  }
}

/** One connection that is only written to. */
class Connection {
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  #state: 'open' | 'half_closed' | 'closed' = 'open';
  #lost: () => void = () => undefined;
  #settle: (error: Error | 'ended') => void = () => undefined;

  constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    // Incoming data is discarded, but a stream reports its end only while it is read.
    socket.resume();
    socket.on('error', (error) => this.#close(error));
    socket.on('end', () => this.#close(this.#state === 'half_closed' ? 'ended' : new Error('the receiver hung up')));
    socket.on('close', () => this.#close(new Error('the connection broke')));
  }

  whenLost(report: () => void): void {
    if (this.#state === 'closed') report();
    else this.#lost = report;
  }

  write(bytes: Uint8Array): Promise<void> {
    this.#lost = () => undefined;
    return this.#limited((resolve) => this.#socket.write(bytes, (error) => error ?? resolve()));
  }

  /** Closes our side, and settles when the receiver, having read to the end, has closed its own. */
  finish(): Promise<void> {
    return this.#limited(() => {
      this.#state = 'half_closed';
      this.#socket.end();
    });
  }

  destroy(why: string): void {
    this.#lost = () => undefined;
    this.#close(new Error(why));
  }

  /** Runs a step until it is done or the connection ends; closes the connection when that takes too long. */
  async #limited(run: (resolve: () => void) => void): Promise<void> {
    const late = setTimeout(
      () => this.#close(new Error(`the receiver did not read everything within ${this.#timeoutMs} ms`)),
      this.#timeoutMs,
    );
    try {
      await new Promise<void>((resolve, reject) => {
        this.#settle = (end) => (end === 'ended' ? resolve() : reject(end));
        if (this.#state === 'closed') reject(new Error('the receiver hung up'));
        else run(resolve);
      });
    } finally {
      clearTimeout(late);
      this.#settle = () => undefined;
    }
  }

  #close(end: Error | 'ended'): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#socket.destroy();
    this.#settle(end);
    this.#lost();
  }
}

function open(target: FrameTarget, opened: Connection[]): Promise<Connection> {
  const { trust, timeoutMs } = target;
  return new Promise((resolve, reject) => {
    const socket = dialTo(target);
    const late = setTimeout(() => socket.destroy(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs);
    const closed = (): void => {
      clearTimeout(late);
      reject(new Error('the receiver hung up'));
    };
    socket.once('error', reject).once('close', closed);
    socket.once(trust === 'plain' ? 'connect' : 'secureConnect', () => {
      clearTimeout(late);
      socket.off('close', closed).setKeepAlive(true, KEEP_ALIVE_MS);
      const connection = new Connection(socket, timeoutMs);
      opened.push(connection);
      resolve(connection);
    });
  });
}

function dialTo({ host, port, trust, lookup }: FrameTarget): Socket {
  const to = { host, port, lookup, allowHalfOpen: true };
  if (trust === 'plain') return dial({ ...to, noDelay: true });
  // The server name indication is never an IP address (RFC 6066 §3).
  const name = isIP(host) === 0 ? { servername: host } : {};
  return dialTls({ ...to, ...name, ...trust.tls, minVersion: 'TLSv1.2' });
}
