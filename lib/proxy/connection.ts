import type { Socket } from 'node:net';
import { addressFromSocket, parsePort } from '../address/index.js';
import type { Client } from '../attempt/index.js';
import { travel } from './journey.js';
import { parse } from './parse.js';
import { turnAway } from './refusal/index.js';
import type { Stages } from './stages.js';
import { Wire } from './wire/index.js';

/** A client's connection while it is open. */
export interface Connection {
  /** Closes it if it is between requests; one with an attempt under way goes on. */
  readonly closeIfIdle: () => void;
  /** Settles, and never rejects, when the connection has made its last trip. */
  readonly done: Promise<void>;
}

/**
 * Serves one client's connection: reads a request, makes the trip, and again, one at a time and in order (rule H15),
 * until either side is done. `crowded` is the reason to turn it away at once, with a record and an answer.
 */
export function serve(
  socket: Socket,
  crowded: 'no' | 'too_many_connections' | 'too_many_from_client',
  stages: Stages,
): Connection {
  const wire = new Wire(socket);
  let idle = true;

  const makeTrips = async (peer: Client): Promise<void> => {
    if (crowded !== 'no') {
      await travel({ wire, peer, asked: turnAway(crowded) }, stages);
      return;
    }
    for (;;) {
      const asked = await parse(wire, stages.times.idle, stages.times.head);
      if (asked.kind === 'nothing') return;
      idle = false;
      const next = await travel({ wire, peer, asked }, stages);
      if (next === 'over' || wire.gone) return;
      // While stopping, a request that is already here is still answered (503); no further one is waited for.
      if (stages.stopping() && wire.held.length === 0) return;
      idle = true;
    }
  };

  const run = async (): Promise<void> => {
    const peer = peerOf(socket);
    try {
      if (peer !== 'gone') await makeTrips(peer);
    } catch (fault) {
      stages.log.error('a fault in the proxy itself', { error: fault });
      wire.break();
    } finally {
      wire.close();
    }
  };
  return { closeIfIdle: () => idle && wire.held.length === 0 && wire.close(), done: run() };
}

/** Who is at the other end. The kernel forgets it once the connection is closed, which can be before we look. */
function peerOf(socket: Socket): Client | 'gone' {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return 'gone';
  const port = parsePort(String(remotePort));
  if (port.kind === 'malformed') return 'gone';
  return { ip: addressFromSocket(remoteAddress), port: port.value, identity: { kind: 'network' } };
}
