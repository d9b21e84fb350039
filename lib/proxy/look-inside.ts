import type { Observation } from '../attempt/index.js';
import { proceed, watchFor } from '../policy/index.js';
import { inspect } from './inspect/index.js';
import type { Inspected } from './inspect/index.js';
import { orRefuse, Refused, refuseFailed, turnAway } from './refusal/index.js';
import type { Arrival, Stages } from './stages.js';
import type { Trip } from './trip/index.js';
import type { Opened, Upstream } from './upstream/index.js';

/** An attempt whose destination has been reached. */
interface Reached {
  readonly arrival: Arrival;
  readonly opened: Opened;
  readonly upstream: Upstream;
  readonly trip: Trip;
}

/**
 * Says what the traffic proves about itself before it may pass. A plain HTTP request has been read whole already; a
 * tunnel is looked into as far as the rules that still stand want. Every step is noted and asked of policy as it comes.
 */
export async function lookInside({ arrival, opened, upstream, trip }: Reached, stages: Stages): Promise<Inspected> {
  const { permit } = opened;
  const { intent } = permit.attempt;
  if (intent.kind === 'forward') {
    return noted({ seen: { protocol: 'http', method: intent.method, path: intent.path }, heldBack: NOTHING }, trip);
  }
  const { wire: client } = arrival;
  const { address, socket } = upstream;
  const inspected = await inspect({
    client,
    upstream: socket,
    watch: watchFor(permit, address),
    limits: stages.times,
    proceed: (soFar: Observation, note = '') => {
      trip.observed(soFar, note);
      return orRefuse(proceed(permit, address, soFar, stages.support.now()));
    },
    prove: stages.proofs.from(opened, address),
    brokenOff: (how, what) => {
      if (stages.drained()) throw new Refused(turnAway('shutting_down'));
      if (how === 'late') throw new Refused(refuseFailed('connection_timeout', what));
      throw new Refused({ ...refuseFailed('connection_terminated', what), endedBy: how });
    },
  });
  // An own handshake waits for no stop, and nothing may be let through after one.
  if (stages.drained()) throw new Refused(turnAway('shutting_down'));
  return noted(inspected, trip);
}

const NOTHING = Buffer.alloc(0);

function noted(inspected: Inspected, trip: Trip): Inspected {
  trip.observed(inspected.seen);
  return inspected;
}
