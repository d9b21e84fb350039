import type { Observation } from '../attempt/index.js';
import type { IncomingRequest, ProxyContext } from './context.js';
import { permitOf } from './decision/index.js';
import { inspect, type IdentityProver, type Inspected } from './inspect/index.js';
import { watchFor, type Clearance } from '../policy/index.js';
import type { ReachedAttempt } from './reach.js';
import { Refused, refuseFailed, refuseRequest, type Refusal } from './refusal/index.js';
import { clearNow, permitNow, proceedNow } from './rejudge.js';
import { confirmTunnel } from './reply.js';

/**
 * Confirms the tunnel to its client, then inspects what goes through it as far as the remaining rules ask. Each
 * observation is recorded and judged as it comes.
 */
export async function inspectTunnel(reached: ReachedAttempt, context: ProxyContext): Promise<Inspected> {
  const { incoming, opened, upstream, attemptLog } = reached;
  const { connection, cancellation } = incoming;
  const permit = permitOf(opened);
  await confirmTunnel(connection, context.times.stalled);
  const inspected = await inspect({
    client: connection,
    cancellation,
    upstream: upstream.socket,
    watch: watchFor(permit, upstream.address),
    limits: context.times,
    note: (soFar) => attemptLog.setObservation(soFar),
    proceed: (soFar, note = '') => {
      attemptLog.setObservation(soFar, note);
      return orForgetProbe(reached, soFar, context, () => proceedNow(permit, upstream, soFar, context));
    },
    prover: proverFor(reached, context),
    abort: (how, detail) => {
      throw new Refused(refuseAborted(how, detail, incoming, context));
    },
  });
  attemptLog.setObservation(inspected.seen);
  return inspected;
}

/** Asks policy whether the traffic may pass: the last question, whose answer the relay takes. Refuses if not. */
export function clearTraffic(reached: ReachedAttempt, seen: Observation, context: ProxyContext): Clearance {
  const { opened, upstream } = reached;
  return orForgetProbe(reached, seen, context, () => clearNow(permitOf(opened), upstream, seen, context));
}

/** A denial that rests on a remembered probe makes the prober forget it: the server may have been fixed since. */
function orForgetProbe<T>(
  { opened, upstream }: ReachedAttempt,
  seen: Observation,
  context: ProxyContext,
  judge: () => T,
): T {
  try {
    return judge();
  } catch (thrown) {
    context.prober.doubt(opened, upstream.address, seen);
    throw thrown;
  }
}

/** Probes for this attempt: made only while its client is there and the current policy permits the address. */
function proverFor({ incoming, opened, upstream }: ReachedAttempt, context: ProxyContext): IdentityProver {
  const clientGone = () => new Refused(refuseAborted('client', 'the client went away', incoming, context));
  const prober = context.prober.from(opened, upstream.address, () => {
    if (incoming.connection.gone || context.drained()) throw clientGone();
    permitNow(permitOf(opened), upstream, context);
  });
  const orCancelled = async <T>(probe: Promise<T>): Promise<T> => {
    const result = await incoming.cancellation.until(probe, 'cancelled' as const);
    if (result === 'cancelled') throw clientGone();
    return result;
  };
  return {
    certificate: (seen) => orCancelled(prober.certificate(seen)),
    hostKey: (seen, algorithm) => orCancelled(prober.hostKey(seen, algorithm)),
  };
}

function refuseAborted(
  how: 'client' | 'destination' | 'late',
  detail: string,
  { connection }: IncomingRequest,
  context: ProxyContext,
): Refusal {
  if (context.drained()) return refuseRequest('shutting_down');
  // A client that goes ends the wait for the destination too.
  if (connection.gone) {
    const words = how === 'client' ? detail : 'the client went away';
    return { ...refuseFailed('connection_terminated', words), endedBy: 'client' };
  }
  if (how === 'late') return refuseFailed('connection_timeout', detail);
  return { ...refuseFailed('connection_terminated', detail), endedBy: how };
}
