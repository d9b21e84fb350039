import type { Socket } from 'node:net';
import { resetSocket, dropListeners, ifOrderlyEnd } from '../../relay/index.js';

/** What waiting for bytes came to. `ended`: the peer half-closed. `gone`: the socket is closed. `late`: the time ran out. */
export type WaitResult = 'bytes' | 'ended' | 'gone' | 'late';

/** What sending came to. `stalled`: the peer took nothing for the given time while bytes waited. */
export type SendResult = 'sent' | 'gone' | 'stalled';

const HELD_AT_MOST = 64 * 1024;
const JOINED_AT_MOST = 16 * 1024;
const LINGER_MS = 2_000;

/** Puts a refusal's sentence (ASCII) into bytes that a tunnel's client understands at this point. */
export type TunnelRefusal = (sentence: string) => Buffer;

/**
 * A socket read by asking: bytes that nobody asked for yet are held, at most 64 KiB and one read, then the peer is held
 * back. The journey peeks, takes and puts back bytes here; a relay gets what is left together with the socket.
 */
export class BufferedSocket {
  readonly socket: Socket;
  /** Whether an answer to the request now under way has begun: then no refusal can be told in words any more. */
  answered = false;
  /** How a refusal is told inside the tunnel, in its own protocol; `'none'`: by closing it. */
  tunnelRefusal: TunnelRefusal | 'none' = 'none';
  #held: Buffer = Buffer.alloc(0);
  #ended = false;
  #nothingWanted = false;
  #wake: (() => void) | undefined;
  #onGone: (() => void) | undefined;
  #onEnded: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    // An 'error' is always followed by 'close', which is where the end is acted upon.
    socket.on('error', () => this.#wakeUp());
    socket.on('close', this.#onClose);
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    if (this.#held.length >= HELD_AT_MOST) this.socket.pause();
    this.#wakeUp();
  };
  readonly #onEnd = (): void => {
    ifOrderlyEnd(this.socket, () => {
      this.#ended = true;
      this.#wakeUp();
      this.#onEnded?.();
    });
  };
  readonly #onClose = (): void => {
    this.#wakeUp();
    this.#onGone?.();
    dropListeners(this.socket);
  };

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Whether nothing can be read or written any more. */
  get gone(): boolean {
    return this.socket.destroyed;
  }

  /** Whether the peer has said that it will send nothing more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The bytes that have arrived and that nobody took yet. */
  get held(): Buffer {
    return this.#held;
  }

  /** Takes all held bytes. */
  take(): Buffer {
    const bytes = this.#held;
    this.#held = Buffer.alloc(0);
    return bytes;
  }

  /** Drops the first `length` held bytes: they have been read. */
  drop(length: number): void {
    this.#held = this.#held.subarray(length);
  }

  /** Puts bytes back in front: they belong to whoever reads next. */
  putBack(bytes: Buffer): void {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([bytes, this.#held]);
  }

  /** Calls `then` once when the socket closes, until it is told something else (`undefined`: nothing). */
  whenGone(then: (() => void) | undefined): void {
    this.#onGone = then;
    if (then !== undefined && this.gone) then();
  }

  /** Calls `then` once when the peer half-closes, until it is told something else. */
  whenEnded(then: (() => void) | undefined): void {
    this.#onEnded = then;
    if (then !== undefined && this.#ended) then();
  }

  /** Waits for more bytes than are held now, for at most `ms`. */
  async more(ms: number): Promise<WaitResult> {
    if (this.gone || this.#nothingWanted) return 'gone';
    if (this.#ended) return 'ended';
    const before = this.#held.length;
    this.socket.resume();
    const woken = await this.#sleep(ms);
    return this.#cameTo(before, woken);
  }

  #cameTo(before: number, woken: 'woken' | 'late'): WaitResult {
    if (this.#held.length > before) return 'bytes';
    if (this.gone) return 'gone';
    if (this.#ended) return 'ended';
    return woken === 'late' ? 'late' : 'gone';
  }

  /** Ends a {@link more} under way, and all later ones, as if the peer had gone: nobody wants its bytes any more. */
  stopWaiting(): void {
    this.#nothingWanted = true;
    this.#wakeUp();
  }

  /**
   * Ends what goes on for this client ({@link whenGone}) without closing its connection: it can still be told why. What
   * waits for its next bytes waits no more.
   */
  giveUp(): void {
    this.stopWaiting();
    this.#onGone?.();
  }

  #sleep(ms: number): Promise<'woken' | 'late'> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#wake = undefined;
        resolve('late');
      }, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve('woken');
      };
    });
  }

  /** Sends bytes and waits while the peer is slower than we are; `stalledMs` bounds a peer that takes nothing at all. */
  async send(parts: readonly Buffer[], stalledMs: number): Promise<SendResult> {
    const { socket } = this;
    if (socket.destroyed || socket.writableEnded) return 'gone';
    if (parts.length > 0) this.#write(parts);
    while (socket.writableNeedDrain) {
      const waiting = socket.writableLength;
      const settled = await this.#drained(stalledMs);
      if (this.gone) return 'gone';
      if (settled === 'late' && socket.writableLength >= waiting) return 'stalled';
    }
    return 'sent';
  }

  /** Small parts are joined, since one plain write costs less than a gathering one; large ones are not copied. */
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

  #drained(ms: number): Promise<'drained' | 'late'> {
    const { socket } = this;
    return new Promise((resolve) => {
      const finish = (how: 'drained' | 'late'): void => {
        clearTimeout(timer);
        socket.off('drain', onDrain);
        socket.off('close', onDrain);
        resolve(how);
      };
      const onDrain = (): void => finish('drained');
      const timer = setTimeout(finish, ms, 'late');
      socket.on('drain', onDrain);
      socket.on('close', onDrain);
    });
  }

  /** Stops reading for us and hands over what was held: from here on the socket is the relay's. */
  release(): Buffer {
    const { socket } = this;
    socket.pause();
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    this.#onGone = undefined;
    this.#onEnded = undefined;
    return this.take();
  }

  /**
   * Closes politely: what was sent goes out, and what the peer still sends is read and dropped for a while. Closing with
   * unread bytes would make the system send a reset, which can overtake and destroy the answer (RFC 9112 §9.6).
   */
  close(): void {
    const { socket } = this;
    if (socket.destroyed) return;
    socket.off('data', this.#onData);
    this.#held = Buffer.alloc(0);
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
    socket.end();
    socket.resume();
  }

  /** Closes with a reset, so that what was sent so far cannot be taken for a whole answer. */
  break(): void {
    resetSocket(this.socket);
  }
}
