import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { addressFromSocket, parsePort } from '../address/index.js';
import type { Client } from '../attempt/index.js';
import type { ProxyContext } from './context.js';
import type { OverLimit } from './limits/index.js';
import { serveRequest } from './journey.js';
import { parse } from './parse.js';
import { refuseRequest } from './refusal/index.js';
import { BufferedSocket, OneShot } from './socket/index.js';

/** A client's open connection. */
export interface Connection {
  /** Closes it if no request is being served. */
  readonly closeIfIdle: () => void;
  /** Whether a request is being served. */
  readonly isServing: () => boolean;
  /** Cancels the request that is being served. Its client still gets the refusal. */
  readonly cancel: () => void;
  /** Settles, and never rejects, when the connection has served its last request. */
  readonly done: Promise<void>;
}

/**
 * Serves one client's connection: reads a request and serves it, one at a time and in order (rule H15), until either side
 * is done. A connection over a limit gets a refusal and a record.
 */
export function serve(socket: Socket, overLimit: OverLimit, context: ProxyContext): Connection {
  const connection = new BufferedSocket(socket);
  let cancellation = new OneShot();
  let state: 'idle' | 'serving' | 'done' = 'idle';

  const serveAll = async (peer: Client): Promise<void> => {
    if (overLimit !== 'no') {
      state = 'serving';
      await serveRequest({ connection, peer, parsed: refuseRequest(overLimit), cancellation }, context);
      return;
    }
    for (;;) {
      const parsed = await parse(connection, context.times, cancellation);
      if (parsed.kind === 'no_request') return;
      state = 'serving';
      const after = await serveRequest({ connection, peer, parsed, cancellation }, context);
      if (after === 'close' || connection.gone) return;
      // While stopping, a request that has arrived is still refused (503); no further one is waited for.
      if (context.stopping() && connection.held.length === 0) return;
      if (!cancellation.fired) cancellation = new OneShot();
      state = 'idle';
      // The next request is here already, and may need nothing that is waited for: others have their turn between.
      if (connection.held.length > 0) await turn();
    }
  };

  const run = async (): Promise<void> => {
    const peer = peerOf(socket);
    try {
      if (peer !== 'gone') await serveAll(peer);
    } catch (error) {
      context.log.error('unexpected error in the proxy', { error });
      connection.reset();
    } finally {
      state = 'done';
      connection.close();
    }
  };
  socket.once('close', () => cancellation.fire());
  return {
    closeIfIdle: () => state === 'idle' && connection.held.length === 0 && connection.close(),
    isServing: () => state === 'serving',
    cancel: () => cancellation.fire(),
    done: run(),
  };
}

/** The client's address. The kernel forgets it once the connection is closed, which may be before this. */
function peerOf(socket: Socket): Client | 'gone' {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return 'gone';
  const port = parsePort(String(remotePort));
  if (port.kind === 'malformed') return 'gone';
  return { ip: addressFromSocket(remoteAddress), port: port.value, identity: { kind: 'network' } };
}
