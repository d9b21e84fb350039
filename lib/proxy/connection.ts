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
  crowded: 'no' | 'too_many_connections' | 'too_many_from_client',
  stages: Stages,
): Connection {
  const wire = new Wire(socket);
  let state: 'between' | 'under_way' | 'done' = 'between';

  const makeTrips = async (peer: Client): Promise<void> => {
    if (crowded !== 'no') {
      state = 'under_way';
      await travel({ wire, peer, asked: turnAway(crowded) }, stages);
      return;
    }
    for (;;) {
      const asked = await parse(wire, stages.times.idle, stages.times.head);
      if (asked.kind === 'nothing') return;
      state = 'under_way';
      const next = await travel({ wire, peer, asked }, stages);
      if (next === 'over' || wire.gone) return;
      // While stopping, a request that is already here is still answered (503); no further one is waited for.
      if (stages.stopping() && wire.held.length === 0) return;
      state = 'between';
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
      state = 'done';
      wire.close();
    }
  };
  return {
    closeIfIdle: () => state === 'between' && wire.held.length === 0 && wire.close(),
    underWay: () => state === 'under_way',
    giveUp: () => wire.giveUp(),
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
