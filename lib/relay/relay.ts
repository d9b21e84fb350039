import type { Socket } from 'node:net';
import type { Clearance } from '../policy/index.js';
import { errorReason } from '../system/index.js';
import { resetSocket, dropListeners, ifOrderlyEnd } from './orderly-end.js';

/** How a passage ended: which side went first, and the system's word for it where there was an error. */
export interface RelayResult {
  readonly by: 'client' | 'destination' | 'told';
  readonly error: string | 'none';
  readonly bytesOut: number;
  readonly bytesIn: number;
}

/** A passage under way. */
export interface RelaySession {
  /** Settles, and never rejects, once both sockets are closed. */
  readonly done: Promise<RelayResult>;
  /** Bytes so far: client → destination, destination → client. */
  readonly counts: () => { readonly bytesOut: number; readonly bytesIn: number };
  /** Closes both sockets at once; `done` then says `told`. */
  readonly end: () => void;
}

/** Bytes that were read before the passage began: they go first. `out`: towards the destination. */
export interface EarlyBytes {
  readonly out: Buffer;
  readonly in: Buffer;
}

/**
 * What the relay may be told. `idleMs`: cut after so long without a byte either way; `'never'` is the default of tidegate.
 * `endedMs`: cut when the destination has ended its half and for so long the client says nothing more.
 */
export interface RelayOptions {
  readonly idleMs: number | 'never';
  readonly endedMs: number;
}

/**
 * Moves bytes both ways between two connected sockets until both directions are done, and counts them.
 *
 * The clearance is the token for it: traffic that no judge has cleared is never relayed. `early` are bytes that somebody read before, such as what stood behind the CONNECT (rule T8). A half-close is passed on as a
 * half-close (T9), a reset as a reset. Either side that is slow holds the other back: no more than the two sockets'
 * buffers are kept. Both sockets must have been made with `allowHalfOpen`; the relay owns them from here on.
 */
export function relay(
  _clearance: Clearance,
  client: Socket,
  upstream: Socket,
  early: EarlyBytes,
  options: RelayOptions,
): RelaySession {
  const noSign: Pick<RelayResult, 'by' | 'error'> = { by: 'told', error: 'none' };
  let first = noSign;
  const remember = (by: RelayResult['by'], error: string): void => {
    if (first === noSign) first = { by, error };
  };
  const idleMs = options.idleMs === 'never' ? Infinity : options.idleMs;
  const counts = () => ({ bytesOut: upstream.bytesWritten, bytesIn: upstream.bytesRead });
  const end = (): void => {
    remember('told', 'none');
    client.destroy();
    upstream.destroy();
  };

  /** Halibut leaves a pooled connection as it is until its next call, with nobody at the other end: not idle, but over. */
  const endSoon = (): void => {
    const soonMs = Math.min(options.endedMs, idleMs);
    client.setTimeout(soonMs, () => {
      // Whoever reads slowly still gets the rest.
      if (client.writableLength > 0) client.setTimeout(soonMs);
      else end();
    });
  };

  const done = Promise.all([
    watch(client, upstream, (error) => remember('client', error)),
    watch(upstream, client, (error) => {
      remember('destination', error);
      if (error === 'none') endSoon();
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
  // Every byte of a passage touches both sockets, so one side's timer speaks for both.
  if (options.idleMs !== 'never') client.setTimeout(options.idleMs, end);
  return { done, counts, end };
}

/**
 * Carries one direction. Not `pipe()`: its bookkeeping costs about a fifth of a short tunnel's whole time here, and it
 * does not hear of a half-close that came before.
 */
function carry(from: Socket, to: Socket): void {
  from.on('data', (bytes) => {
    if (to.writable && !to.write(bytes)) from.pause();
  });
  to.on('drain', () => from.resume());
  if (from.readableEnded) to.end();
  from.resume();
}

/** Settles when `side` is closed; tells of the first sign of that, and passes an end, a reset or a vanished peer on. */
function watch(side: Socket, other: Socket, onFirst: (error: string) => void): Promise<void> {
  return new Promise((resolve) => {
    if (side.destroyed) {
      onFirst('closed');
      other.destroy();
      resolve();
      return;
    }
    // Its end was heard before the passage began, by whoever read until then.
    if (side.readableEnded) onFirst('none');
    side.once('end', () =>
      ifOrderlyEnd(side, () => {
        onFirst('none');
        other.end();
      }),
    );
    side.once('error', (error) => {
      onFirst(errorReason(error));
      resetSocket(other);
    });
    side.once('close', () => {
      onFirst('closed');
      // A half-close has already been passed on; what is still queued towards `other` must go out first.
      if (!other.destroyed && !other.writableEnded) other.end();
      resolve();
    });
  });
}
