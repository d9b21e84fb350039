import type { Socket } from 'node:net';
import { dropListeners, ifOrderlyEnd, resetSocket } from '../../relay/index.js';
import { HeldBytes } from './held-bytes.js';
import { OneShot } from './one-shot.js';

/** More bytes are held, or why none came: the peer half-closed; the socket is closed or the wait cancelled; time ran out. */
export type WaitResult = { readonly kind: 'bytes' } | { readonly kind: 'ended' | 'gone' | 'late' };

/** The peer has taken all bytes, or why not. `stalled`: it took nothing for the given time while bytes waited. */
export type SendResult = { readonly kind: 'sent' } | { readonly kind: 'gone' | 'stalled' };

// Shared: a result costs no allocation.
const BYTES = { kind: 'bytes' } as const;
const ENDED = { kind: 'ended' } as const;
const GONE = { kind: 'gone' } as const;
const LATE = { kind: 'late' } as const;
const SENT = { kind: 'sent' } as const;
const STALLED = { kind: 'stalled' } as const;

/** What becomes of a client's connection after a request. */
export type AfterRequest = 'keep_open' | 'close';

const HELD_AT_MOST = 64 * 1024;
const JOINED_AT_MOST = 16 * 1024;
const LINGER_MS = 2_000;

/** Encodes a refusal's text (ASCII) as bytes that a tunnel's client understands at this point. */
export type TunnelRefusal = (text: string) => Buffer;

/**
 * A socket that is read on request. Bytes that arrive before they are wanted are held: at most 64 KiB and one read, then
 * the peer is held back. A relay gets what is held together with the socket.
 */
export class BufferedSocket {
  readonly socket: Socket;
  /** Fires when the peer has ended its half in order, or the socket has closed: no more bytes will arrive. */
  readonly inputEnd = new OneShot();
  /** Whether the response to the current request has begun: then a refusal can no longer be an HTTP response. */
  answered = false;
  /** How a refusal is written inside the tunnel, in its protocol; `'none'`: the tunnel is closed. */
  tunnelRefusal: TunnelRefusal | 'none' = 'none';
  readonly #held = new HeldBytes();
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    // 'close' follows every 'error'.
    socket.on('error', this.#wakeUp);
    socket.on('close', this.#onClose);
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#held.append(bytes);
    if (this.#held.length >= HELD_AT_MOST) this.socket.pause();
    this.#wakeUp();
  };
  readonly #onEnd = (): void => {
    ifOrderlyEnd(this.socket, () => {
      this.#ended = true;
      this.#wakeUp();
      this.inputEnd.fire();
    });
  };
  readonly #onClose = (): void => {
    this.#wakeUp();
    this.inputEnd.fire();
    dropListeners(this.socket);
  };
  readonly #wakeUp = (): void => {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  };

  /** Whether nothing can be read or written any more. */
  get gone(): boolean {
    return this.socket.destroyed;
  }

  /** Whether the peer has ended its half of the connection. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The bytes that have arrived and have not been taken. */
  get held(): Buffer {
    return this.#held.bytes;
  }

  /** Takes all held bytes. */
  take(): Buffer {
    return this.#held.take();
  }

  /** Drops the first `length` held bytes. */
  consume(length: number): void {
    this.#held.drop(length);
  }

  /** Puts bytes back in front of the held ones, for the next reader. */
  unread(bytes: Buffer): void {
    this.#held.prepend(bytes);
  }

  /** Waits for more bytes than are held now, for at most `ms`, and only until the cancellation. */
  async waitForMore(ms: number, cancellation?: OneShot): Promise<WaitResult> {
    if (this.gone || cancellation?.fired === true) return GONE;
    if (this.#ended) return ENDED;
    const before = this.#held.length;
    this.socket.resume();
    cancellation?.add(this.#wakeUp);
    const otherwise = await this.#sleep(ms);
    cancellation?.remove(this.#wakeUp);
    return this.#resultOf(before, otherwise);
  }

  #resultOf(before: number, otherwise: WaitResult): WaitResult {
    if (this.#held.length > before) return BYTES;
    if (this.gone) return GONE;
    return this.#ended ? ENDED : otherwise;
  }

  /** Waits until something happens. Gives the result of the wait if neither bytes nor an end were it. */
  #sleep(ms: number): Promise<WaitResult> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#wake = undefined;
        resolve(LATE);
      }, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(GONE);
      };
    });
  }

  /** Sends bytes and waits until the peer has taken them, up to `stalledMs` without any progress. */
  async send(parts: readonly Buffer[], stalledMs: number): Promise<SendResult> {
    const { socket } = this;
    if (socket.destroyed || socket.writableEnded) return GONE;
    if (parts.length > 0) this.#write(parts);
    // Where the system took all at once, nothing waits even before 'drain'.
    while (socket.writableNeedDrain && socket.writableLength > 0) {
      const waiting = socket.writableLength;
      const woken = await this.#drained(stalledMs);
      if (this.gone) return GONE;
      if (woken === LATE && socket.writableLength >= waiting) return STALLED;
    }
    return SENT;
  }

  /** Joins small parts, since one plain write costs less than a gathering one; large ones are not copied. */
  #write(parts: readonly Buffer[]): void {
    const { socket } = this;
    const [only] = parts;
    const size = parts.reduce((sum, { length }) => sum + length, 0);
    if (only !== undefined && parts.length === 1) socket.write(only);
    else if (size <= JOINED_AT_MOST) socket.write(Buffer.concat(parts, size));
    else {
      socket.cork();
      for (const part of parts) socket.write(part);
      socket.uncork();
    }
  }

  /** Waits until the socket has sent what waits, or has closed, for at most `ms`. */
  #drained(ms: number): Promise<typeof SENT | typeof LATE> {
    const { socket } = this;
    return new Promise((resolve) => {
      const finish = (how: typeof SENT | typeof LATE): void => {
        clearTimeout(timer);
        socket.off('drain', onDrain).off('close', onDrain);
        resolve(how);
      };
      const onDrain = (): void => finish(SENT);
      const timer = setTimeout(finish, ms, LATE);
      socket.on('drain', onDrain).on('close', onDrain);
    });
  }

  /** Stops reading and gives what was held: from here on the socket is the relay's. */
  release(): Buffer {
    const { socket } = this;
    socket.pause();
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    return this.take();
  }

  /**
   * Closes in order: what was sent goes out, and what the peer still sends is read and dropped for a while. Closing with
   * unread bytes would make the system send a reset, which can destroy the response (RFC 9112 §9.6).
   */
  close(): void {
    const { socket } = this;
    if (socket.destroyed) return;
    socket.off('data', this.#onData);
    this.#held.take();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
    socket.end();
    socket.resume();
  }

  /** Closes with a reset, so that what was sent so far cannot be mistaken for a whole response. */
  reset(): void {
    resetSocket(this.socket);
  }
}
