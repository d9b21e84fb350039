import type { Observation } from '../attempt/index.js';
import { watchFor, type Clearance } from '../policy/index.js';
import { permitOf, type Opened } from './decision/index.js';
import { clearedNow, proceedNow, stillPermittedNow } from './in-force.js';
import { inspect, type Inspected, type Prove } from './inspect/index.js';
import { Refused, refuseFailed, turnAway } from './refusal/index.js';
import type { Arrival, Stages } from './stages.js';
import type { Trip } from './trip/index.js';
import type { Upstream } from './upstream/index.js';
import type { Wire } from './wire/index.js';

/** An attempt whose destination has been reached. */
interface Reached {
  readonly arrival: Arrival;
  readonly opened: Opened;
  readonly upstream: Upstream;
  readonly trip: Trip;
}

const NOTHING = Buffer.alloc(0);

/**
 * Says what the traffic proves about itself before it may pass. A plain HTTP request has been read whole already; a
 * tunnel is looked into as far as the rules that still stand want. Every step is noted and asked of policy as it comes.
 */
export async function lookInside(reached: Reached, stages: Stages): Promise<Inspected> {
  const { arrival, opened, upstream, trip } = reached;
  const permit = permitOf(opened);
  const { intent } = permit.attempt;
  if (intent.kind === 'forward') {
    const seen = { protocol: 'http', method: intent.method, path: intent.path } as const;
    trip.observed(seen);
    return { seen, heldBack: NOTHING };
  }
  const inspected = await inspect({
    client: arrival.wire,
    upstream: upstream.socket,
    watch: watchFor(permit, upstream.address),
    limits: stages.times,
    noted: (soFar) => trip.observed(soFar),
    proceed: (soFar, note = '') => {
      trip.observed(soFar, note);
      return doubting(opened, upstream, soFar, stages, () => proceedNow(permit, upstream, soFar, stages));
    },
    prove: proving(reached, stages),
    brokenOff: (how, what) => {
      throw new Refused(endOf(how, what, arrival.wire, stages));
    },
  });
  trip.observed(inspected.seen);
  return inspected;
}

/** Whether what was seen inside may pass: the last question, whose answer the relay needs. */
export function passes(opened: Opened, upstream: Upstream, seen: Observation, stages: Stages): Clearance {
  return doubting(opened, upstream, seen, stages, () => clearedNow(permitOf(opened), upstream, seen, stages));
}

/** What is denied by the word of an earlier handshake makes that be forgotten: the server may have been mended since. */
function doubting<T>(opened: Opened, { address }: Upstream, seen: Observation, stages: Stages, ask: () => T): T {
  try {
    return ask();
  } catch (thrown) {
    stages.proofs.doubt(opened, address, seen);
    throw thrown;
  }
}

/** Own handshakes on behalf of this attempt: not for a policy that has gone, and waited for only as long as anyone does. */
function proving({ arrival, opened, upstream }: Reached, stages: Stages): Prove {
  const { wire } = arrival;
  const proofs = stages.proofs.from(opened, upstream.address, () => {
    if (wire.gone || stages.drained()) throw clientGone(wire, stages);
    stillPermittedNow(permitOf(opened), upstream, stages);
  });
  return {
    certificate: (seen) => whileWanted(wire, proofs.certificate(seen), stages),
    hostKey: (seen, algorithm) => whileWanted(wire, proofs.hostKey(seen, algorithm), stages),
  };
}

/** Waits for an answer, which others may be waiting for too, until the client is gone or a stop gives it up. */
function whileWanted<T>(client: Wire, answer: Promise<T>, stages: Stages): Promise<T> {
  return new Promise((resolve, reject) => {
    client.whenGone(() => reject(clientGone(client, stages)));
    answer.then(resolve, reject).finally(() => client.whenGone(undefined));
  });
}

function clientGone(client: Wire, stages: Stages): Refused {
  return new Refused(endOf('client', 'the client went away', client, stages));
}

function endOf(how: 'client' | 'destination' | 'late', what: string, client: Wire, stages: Stages) {
  if (stages.drained()) return turnAway('shutting_down');
  // Waiting for the destination ends, too, when the client goes: then it is the client that ended it.
  if (client.gone) {
    const told = how === 'client' ? what : 'the client went away';
    return { ...refuseFailed('connection_terminated', told), endedBy: 'client' } as const;
  }
  if (how === 'late') return refuseFailed('connection_timeout', what);
  return { ...refuseFailed('connection_terminated', what), endedBy: how };
}
