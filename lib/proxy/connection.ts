import type { Socket } from 'node:net';
import { addressFromSocket, parsePort } from '../address/index.js';
import type { Client } from '../attempt/index.js';
import { serveRequest } from './journey.js';
import { parse } from './parse.js';
import { refuseRequest } from './refusal/index.js';
import type { ProxyContext } from './context.js';
import { BufferedSocket } from './socket/index.js';

/** A client's connection while it is open. */
export interface Connection {
  /** Closes it if no request is under way on it. */
  readonly closeIfIdle: () => void;
  /** Whether an attempt is under way on it. */
  readonly underWay: () => boolean;
  /** Ends an attempt that is still on its way, and lets its client be told. */
  readonly giveUp: () => void;
  /** Settles, and never rejects, when the connection has made its last trip. */
  readonly done: Promise<void>;
}

/**
 * Serves one client's connection: reads a request, makes the trip, and again, one at a time and in order (rule H15),
 * until either side is done. `crowded` is the reason to turn it away at once, with a record and an answer.
 */
export function serve(
  socket: Socket,
  overLimit: 'no' | 'too_many_connections' | 'too_many_from_client',
  context: ProxyContext,
): Connection {
  const connection = new BufferedSocket(socket);
  let state: 'between' | 'under_way' | 'done' = 'between';

  const makeTrips = async (peer: Client): Promise<void> => {
    if (overLimit !== 'no') {
      state = 'under_way';
      await serveRequest({ connection, peer, asked: refuseRequest(overLimit) }, context);
      return;
    }
    for (;;) {
      const asked = await parse(connection, context.times.idle, context.times.head);
      if (asked.kind === 'nothing') return;
      state = 'under_way';
      const next = await serveRequest({ connection, peer, asked }, context);
      if (next === 'over' || connection.gone) return;
      // While stopping, a request that is already here is still answered (503); no further one is waited for.
      if (context.stopping() && connection.held.length === 0) return;
      state = 'between';
    }
  };

  const run = async (): Promise<void> => {
    const peer = peerOf(socket);
    try {
      if (peer !== 'gone') await makeTrips(peer);
    } catch (fault) {
      context.log.error('a fault in the proxy itself', { error: fault });
      connection.break();
    } finally {
      state = 'done';
      connection.close();
    }
  };
  return {
    closeIfIdle: () => state === 'between' && connection.held.length === 0 && connection.close(),
    underWay: () => state === 'under_way',
    giveUp: () => connection.giveUp(),
    done: run(),
  };
}

/** Who is at the other end. The kernel forgets it once the connection is closed, which can be before we look. */
function peerOf(socket: Socket): Client | 'gone' {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return 'gone';
  const port = parsePort(String(remotePort));
  if (port.kind === 'malformed') return 'gone';
  return { ip: addressFromSocket(remoteAddress), port: port.value, identity: { kind: 'network' } };
}
