import type { Socket } from 'node:net';
import type { Clearance } from '../policy/index.js';
import { errorReason } from '../system/index.js';
import { dropListeners, ifOrderlyEnd, resetSocket } from './orderly-end.js';

/** How a session ended: which side closed first, and the system's error code if there was an error. */
export interface RelayResult {
  readonly by: 'client' | 'destination' | 'stopped';
  readonly error: string | 'none';
  readonly bytesOut: number;
  readonly bytesIn: number;
}

/** Two sockets being relayed. */
export interface RelaySession {
  /** Settles, and never rejects, once both sockets are closed. */
  readonly done: Promise<RelayResult>;
  /** Bytes so far: client → destination, destination → client. */
  readonly counts: () => Pick<RelayResult, 'bytesOut' | 'bytesIn'>;
  /** Closes both sockets at once; `done` then gives `stopped`. */
  readonly stop: () => void;
}

/** Bytes that were read before the session began: they go first. `out`: towards the destination. */
export interface EarlyBytes {
  readonly out: Buffer;
  readonly in: Buffer;
}

/**
 * Time limits. `idleMs`: closes after so long without a byte either way. `endedMs`: closes if the destination has ended its
 * half and the client sends nothing more for so long.
 */
export interface RelayLimits {
  readonly idleMs: number | 'never';
  readonly endedMs: number;
}

/** Moves the bytes of cleared tunnels. */
export interface Relay {
  /**
   * Moves bytes both ways between two connected sockets until both directions are done, and counts them. Only a clearance
   * allows it.
   *
   * Early bytes (rule T8) go first. A half-close is passed on as a half-close (T9), a reset as a reset. A slow side holds the
   * other back: no more than the two sockets' buffers are kept, which {@link RELAYED_SOCKET} keeps to two pieces each way,
   * however small. Both sockets must have been made with these options; the relay owns them from then on.
   */
  readonly start: (
    clearance: Clearance,
    client: Socket,
    upstream: Socket,
    early: EarlyBytes,
    limits: RelayLimits,
  ) => RelaySession;
}

/**
 * The options of a socket that can be relayed. With a high-water mark of one byte a socket holds one piece in each direction
 * while the other side is slow. A mark of 64 KiB would count bytes only: a peer that sends single bytes would leave 65,536
 * objects in it, some 5 MiB of heap.
 */
export const RELAYED_SOCKET = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 15_000,
  highWaterMark: 1,
} as const;

/** The relay on Node's own sockets, which works on every platform. */
export const portableRelay: Relay = {
  start: (_clearance, client, upstream, early, limits) => start(client, upstream, early, limits),
};

function start(client: Socket, upstream: Socket, early: EarlyBytes, limits: RelayLimits): RelaySession {
  const nothingYet: Pick<RelayResult, 'by' | 'error'> = { by: 'stopped', error: 'none' };
  let first = nothingYet;
  const remember = (by: RelayResult['by'], error: string): void => {
    if (first === nothingYet) first = { by, error };
    // It has ended its half, and then gone.
    else if (first.by === by && first.error === 'none' && error !== 'closed')
      first = { by, error: `${error} after its end` };
  };
  const idleMs = limits.idleMs === 'never' ? Infinity : limits.idleMs;
  const counts = () => ({ bytesOut: upstream.bytesWritten, bytesIn: upstream.bytesRead });
  const closeBoth = (): void => {
    remember('stopped', 'none');
    client.destroy();
    upstream.destroy();
  };
  const stop = (): void => {
    // The one who stops it ends it, even where one side had ended its half before.
    if (!client.destroyed || !upstream.destroyed) first = { by: 'stopped', error: 'none' };
    closeBoth();
  };

  /** Halibut leaves a pooled connection open until its next call although the destination has gone. */
  const stopSoon = (): void => {
    const soonMs = Math.min(limits.endedMs, idleMs);
    client.setTimeout(soonMs, () => {
      // A slow reader still gets the rest.
      if (client.writableLength > 0) client.setTimeout(soonMs);
      else closeBoth();
    });
  };

  const done = Promise.all([
    watch(client, upstream, limits, (error) => remember('client', error)),
    watch(upstream, client, limits, (error) => {
      remember('destination', error);
      if (error === 'none') stopSoon();
    }),
  ]).then(() => {
    dropListeners(client);
    dropListeners(upstream);
    return { ...first, ...counts() };
  });

  if (early.out.length > 0) upstream.write(early.out);
  if (early.in.length > 0) client.write(early.in);
  carry(client, upstream);
  carry(upstream, client);
  // Every byte touches both sockets, so one timer is enough.
  if (limits.idleMs !== 'never') client.setTimeout(limits.idleMs, closeBoth);
  return { done, counts, stop };
}

/**
 * Carries one direction. Not `pipe()`: its bookkeeping costs about a fifth of a short tunnel's time here, and it misses a
 * half-close that came before.
 */
function carry(from: Socket, to: Socket): void {
  from.on('data', (bytes) => {
    // The answer is given before the system has been asked: mostly it has taken all by now.
    if (to.writable && !to.write(bytes) && to.writableLength > 0) from.pause();
  });
  to.on('drain', () => from.resume());
  if (from.readableEnded) to.end();
  from.resume();
}

/** Settles when `side` is closed. Reports the first sign of that, and passes an end, a reset or a vanished peer on. */
function watch(side: Socket, other: Socket, limits: RelayLimits, onSign: (error: string) => void): Promise<void> {
  return new Promise((resolve) => {
    if (side.destroyed) {
      onSign('closed');
      other.destroy();
      resolve();
      return;
    }
    let ended = side.readableEnded;
    // It ended before the session began.
    if (ended) onSign('none');
    side.once('end', () =>
      ifOrderlyEnd(side, () => {
        ended = true;
        onSign('none');
        other.end();
      }),
    );
    side.once('error', (error) => {
      onSign(errorReason(error));
      if (ended) finish(other, limits.endedMs);
      else resetSocket(other);
    });
    side.once('close', () => {
      onSign('closed');
      // What is still queued towards `other` must go out first.
      if (!other.destroyed && !other.writableEnded) other.end();
      resolve();
    });
  });
}

/** Closes a socket whose other side had ended in order before it went: what that side had sent still goes out. */
function finish(socket: Socket, stalledMs: number): void {
  socket.destroySoon();
  socket.setTimeout(stalledMs, () => socket.destroy());
}
