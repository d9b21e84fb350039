import type { Observation } from '../attempt/index.js';
import { proceed, watchFor } from '../policy/index.js';
import { inspect } from './inspect/index.js';
import type { Inspected } from './inspect/index.js';
import { orRefuse, Refused, refuseFailed, turnAway } from './refusal/index.js';
import type { Refusal } from './refusal/index.js';
import type { Arrival, Stages } from './stages.js';
import type { Trip } from './trip/index.js';
import type { Opened, Upstream } from './upstream/index.js';
import type { Wire } from './wire/index.js';

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
  const brokenOff = (how: 'client' | 'destination' | 'late', what: string): never => {
    throw new Refused(refusalFor(how, what, stages));
  };
  const proofs = stages.proofs.from(opened, address);
  const wanted = <T>(proof: Promise<T>) => whileWanted(client, proof, stages);
  const inspected = await inspect({
    client,
    upstream: socket,
    watch: watchFor(permit, address),
    limits: stages.times,
    proceed: (soFar: Observation, note = '') => {
      trip.observed(soFar, note);
      return orRefuse(proceed(permit, address, soFar, stages.support.now()));
    },
    prove: {
      certificate: (seen) => wanted(proofs.certificate(seen)),
      hostKey: (seen, algorithm) => wanted(proofs.hostKey(seen, algorithm)),
    },
    brokenOff,
  });
  return noted(inspected, trip);
}

function refusalFor(how: 'client' | 'destination' | 'late', what: string, stages: Stages): Refusal {
  if (stages.drained()) return turnAway('shutting_down');
  if (how === 'late') return refuseFailed('connection_timeout', what);
  return { ...refuseFailed('connection_terminated', what), endedBy: how };
}

/** Waits for an own handshake, but not on behalf of a client that goes away meanwhile, or past the end of a stop. */
function whileWanted<T>(client: Wire, proof: Promise<T>, stages: Stages): Promise<T> {
  return new Promise((resolve, reject) => {
    let waiting = true;
    client.whenGone(() => {
      waiting = false;
      reject(new Refused(refusalFor('client', 'the client went away during an own handshake', stages)));
    });
    proof.then((shown) => {
      if (waiting) client.whenGone(undefined);
      resolve(shown);
    }, reject);
  });
}

const NOTHING = Buffer.alloc(0);

function noted(inspected: Inspected, trip: Trip): Inspected {
  trip.observed(inspected.seen);
  return inspected;
}
