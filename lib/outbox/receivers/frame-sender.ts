import { connect as dial, isIP, type Socket } from 'node:net';
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
  /** `'plain'`: TCP without TLS. */
  readonly trust: Trust | 'plain';
  /** For each of dialling and sending. */
  readonly timeoutMs: number;
  /** Called when the connection that is kept for the next messages ends unasked: what was read may be lost with its reader. */
  readonly onLost: () => void;
}

/** Sends messages in order to a receiver that has no word for "taken". */
export interface FrameSender {
  /** Settles once the receiver has read all of the messages, or with why that is not known. Called one at a time. */
  readonly send: (messages: readonly Uint8Array[], signal: AbortSignal) => Promise<Delivery>;
  readonly close: () => void;
}

/** A peer that has hung up, or has no place for us, says so within a round trip. BUG: one that is farther away is believed. */
const GRACE_MS = 50;
const KEEP_ALIVE_MS = 15_000;

/**
 * Makes a sender of octet-counted frames over TCP or TLS (RFC 6587 §3.4.1, RFC 5425).
 *
 * Neither has an answer, and "written" means no more than that the kernel has the bytes. So every `send` ends its
 * connection and waits until the receiver ends it too, which a reader does when it has read everything. The next
 * connection is open before: if it breaks, the receiver was restarted, and `onLost` reports it. Never throws.
 */
export function createFrameSender(target: FrameTarget): FrameSender {
  return new Sender(target);
}

class Sender implements FrameSender {
  readonly #target: FrameTarget;
  #waiting: Line | 'none' = 'none';

  constructor(target: FrameTarget) {
    this.#target = target;
  }

  send = async (messages: readonly Uint8Array[], signal: AbortSignal): Promise<Delivery> => {
    const opened: Line[] = [];
    const stop = (): void => opened.forEach((line) => line.destroy('stopped'));
    signal.addEventListener('abort', stop);
    try {
      const line = this.#waiting === 'none' ? await open(this.#target, opened) : this.#waiting;
      this.#waiting = 'none';
      opened.push(line);
      await line.write(Buffer.concat(messages.map(octetCounted)));
      await this.#keepAnother(opened, signal);
      await line.finish();
      return { kind: 'accepted' };
    } catch (error) {
      this.#forget();
      return unavailable(errorMessage(error));
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };

  close = (): void => this.#forget();

  /** Opens the connection for the next messages, which meanwhile shows that the receiver lives. */
  async #keepAnother(opened: Line[], signal: AbortSignal): Promise<void> {
    const [next] = await Promise.all([open(this.#target, opened), delay(GRACE_MS, undefined, { signal })]);
    this.#waiting = next;
    next.whenLost(() => {
      if (this.#waiting === next) this.#waiting = 'none';
      this.#target.onLost();
    });
  }

  #forget(): void {
    if (this.#waiting !== 'none') this.#waiting.destroy('not needed any more');
    this.#waiting = 'none';
  }
}

/** One connection that is only written to. */
class Line {
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  #ending: 'open' | 'asked' | 'over' = 'open';
  #lost: () => void = () => undefined;
  #settle: (error: Error | 'ended') => void = () => undefined;

  constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    // What a receiver says is not for us, but only a stream that is read reports its end.
    socket.resume();
    socket.on('error', (error) => this.#over(error));
    socket.on('end', () => this.#over(this.#ending === 'asked' ? 'ended' : new Error('the receiver hung up')));
    socket.on('close', () => this.#over(new Error('the connection broke')));
  }

  whenLost(report: () => void): void {
    if (this.#ending === 'over') report();
    else this.#lost = report;
  }

  write(bytes: Uint8Array): Promise<void> {
    this.#lost = () => undefined;
    return this.#limited((resolve) => this.#socket.write(bytes, (error) => error ?? resolve()));
  }

  /** Ends it, and settles when the receiver, having read to the end, has ended it too. */
  finish(): Promise<void> {
    return this.#limited(() => {
      this.#ending = 'asked';
      this.#socket.end();
    });
  }

  destroy(why: string): void {
    this.#lost = () => undefined;
    this.#over(new Error(why));
  }

  /** Settles with what ends the connection, or by itself; breaks it off when it takes too long. */
  async #limited(run: (resolve: () => void) => void): Promise<void> {
    const late = setTimeout(
      () => this.#over(new Error(`the receiver did not read everything within ${this.#timeoutMs} ms`)),
      this.#timeoutMs,
    );
    try {
      await new Promise<void>((resolve, reject) => {
        this.#settle = (end) => (end === 'ended' ? resolve() : reject(end));
        if (this.#ending === 'over') reject(new Error('the receiver hung up'));
        else run(resolve);
      });
    } finally {
      clearTimeout(late);
      this.#settle = () => undefined;
    }
  }

  #over(end: Error | 'ended'): void {
    if (this.#ending === 'over') return;
    this.#ending = 'over';
    this.#socket.destroy();
    this.#settle(end);
    this.#lost();
  }
}

function open(target: FrameTarget, opened: Line[]): Promise<Line> {
  const { trust, timeoutMs } = target;
  return new Promise((resolve, reject) => {
    const socket = dialTo(target);
    const late = setTimeout(() => socket.destroy(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs);
    const failed = (error: Error): void => reject(error);
    const closed = (): void => {
      clearTimeout(late);
      reject(new Error('the receiver hung up'));
    };
    socket.once('error', failed).once('close', closed);
    socket.once(trust === 'plain' ? 'connect' : 'secureConnect', () => {
      clearTimeout(late);
      socket.off('close', closed).setKeepAlive(true, KEEP_ALIVE_MS);
      const line = new Line(socket, timeoutMs);
      opened.push(line);
      resolve(line);
    });
  });
}

function dialTo({ host, port, trust }: FrameTarget): Socket {
  const to = { host, port, allowHalfOpen: true };
  if (trust === 'plain') return dial({ ...to, noDelay: true });
  // A name that is sent is never an address (RFC 6066 §3).
  const name = isIP(host) === 0 ? { servername: host } : {};
  return dialTls({ ...to, ...name, ...trust.tls, minVersion: 'TLSv1.2' });
}
