import type { Observation } from '../attempt/index.js';
import { watchFor, type Clearance } from '../policy/index.js';
import { permitOf, type Opened } from './decision/index.js';
import { clearNow, proceedNow, permitNow } from './rejudge.js';
import { inspect, type Inspected, type IdentityProver } from './inspect/index.js';
import { Refused, refuseFailed, refuseRequest } from './refusal/index.js';
import type { IncomingRequest, ProxyContext } from './context.js';
import type { AttemptLog } from './attempt-log/index.js';
import type { Upstream } from './upstream/index.js';
import type { BufferedSocket } from './socket/index.js';

/** An attempt whose destination has been reached. */
interface Reached {
  readonly incoming: IncomingRequest;
  readonly opened: Opened;
  readonly upstream: Upstream;
  readonly attemptLog: AttemptLog;
}

const NOTHING = Buffer.alloc(0);

/**
 * Says what the traffic proves about itself before it may pass. A plain HTTP request has been read whole already; a
 * tunnel is looked into as far as the rules that still stand want. Every step is noted and asked of policy as it comes.
 */
export async function inspectTraffic(reached: Reached, context: ProxyContext): Promise<Inspected> {
  const { incoming, opened, upstream, attemptLog } = reached;
  const permit = permitOf(opened);
  const { intent } = permit.attempt;
  if (intent.kind === 'forward') {
    const seen = { protocol: 'http', method: intent.method, path: intent.path } as const;
    attemptLog.observed(seen);
    return { seen, heldBack: NOTHING };
  }
  const inspected = await inspect({
    client: incoming.connection,
    upstream: upstream.socket,
    watch: watchFor(permit, upstream.address),
    limits: context.times,
    note: (soFar) => attemptLog.observed(soFar),
    proceed: (soFar, note = '') => {
      attemptLog.observed(soFar, note);
      return doubting(opened, upstream, soFar, context, () => proceedNow(permit, upstream, soFar, context));
    },
    prover: proving(reached, context),
    abort: (how, what) => {
      throw new Refused(endOf(how, what, incoming.connection, context));
    },
  });
  attemptLog.observed(inspected.seen);
  return inspected;
}

/** Whether what was seen inside may pass: the last question, whose answer the relay needs. */
export function clearTraffic(opened: Opened, upstream: Upstream, seen: Observation, context: ProxyContext): Clearance {
  return doubting(opened, upstream, seen, context, () => clearNow(permitOf(opened), upstream, seen, context));
}

/** What is denied by the word of an earlier handshake makes that be forgotten: the server may have been mended since. */
function doubting<T>(opened: Opened, { address }: Upstream, seen: Observation, context: ProxyContext, ask: () => T): T {
  try {
    return ask();
  } catch (thrown) {
    context.prober.doubt(opened, address, seen);
    throw thrown;
  }
}

/** Own handshakes on behalf of this attempt: not for a policy that has gone, and waited for only as long as anyone does. */
function proving({ incoming, opened, upstream }: Reached, context: ProxyContext): IdentityProver {
  const { connection } = incoming;
  const prober = context.prober.from(opened, upstream.address, () => {
    if (connection.gone || context.drained()) throw clientGone(connection, context);
    permitNow(permitOf(opened), upstream, context);
  });
  return {
    certificate: (seen) => whileWanted(connection, prober.certificate(seen), context),
    hostKey: (seen, algorithm) => whileWanted(connection, prober.hostKey(seen, algorithm), context),
  };
}

/** Waits for an answer, which others may be waiting for too, until the client is gone or a stop gives it up. */
function whileWanted<T>(client: BufferedSocket, answer: Promise<T>, context: ProxyContext): Promise<T> {
  return new Promise((resolve, reject) => {
    client.whenGone(() => reject(clientGone(client, context)));
    answer.then(resolve, reject).finally(() => client.whenGone(undefined));
  });
}

function clientGone(client: BufferedSocket, context: ProxyContext): Refused {
  return new Refused(endOf('client', 'the client went away', client, context));
}

function endOf(how: 'client' | 'destination' | 'late', what: string, client: BufferedSocket, context: ProxyContext) {
  if (context.drained()) return refuseRequest('shutting_down');
  // Waiting for the destination ends, too, when the client goes: then it is the client that ended it.
  if (client.gone) {
    const told = how === 'client' ? what : 'the client went away';
    return { ...refuseFailed('connection_terminated', told), endedBy: 'client' } as const;
  }
  if (how === 'late') return refuseFailed('connection_timeout', what);
  return { ...refuseFailed('connection_terminated', what), endedBy: how };
}
