import type { Attempt, Client, Observation } from '../attempt/index.js';
import { admit, permit, type Clearance } from '../policy/index.js';
import { hasPassedThrough, type RequestHead } from '../protocol/http/index.js';
import { challenge, tell, welcome } from './answer.js';
import { permitOf, type Opened } from './decision/index.js';
import { canBeSentAgain, forward } from './forward.js';
import { identify } from './identify.js';
import { clearedNow, stillPermittedNow } from './in-force.js';
import { lookInside, passes } from './look-inside.js';
import { orRefuse, Refused, refuseFailed, turnAway, type Refusal } from './refusal/index.js';
import type { Arrival, Next, Stages } from './stages.js';
import { Trip } from './trip/index.js';
import { tunnel } from './tunnel.js';
import { connect, type Upstream } from './upstream/index.js';

/** What a tunnel's client has been told already, when its traffic is refused in the end. */
const TUNNEL_STANDS = 200;

/**
 * One try to get out, from the read request to the last record. Each line needs the token that the line before it gives,
 * so the order cannot be changed by mistake. Every no, from policy or from the world, leaves the straight line as a
 * {@link Refused}, is recorded, and is told; anything else that is thrown is a bug, and ends as a refusal too.
 */
export async function travel(arrival: Arrival, stages: Stages): Promise<Next> {
  const trip = new Trip(stages.support, arrival.peer);
  try {
    const { head } = orRefuse(arrival.asked);
    // A record of a wrong password, too, says what for.
    trip.attempted(classify(trip, head, arrival.peer));
    if (stages.stopping()) throw new Refused(turnAway('shutting_down'));
    if (hasPassedThrough(head.fields, stages.pseudonym)) throw new Refused(turnAway('loop'));
    const known = orRefuse(await whoAsks(arrival, head, trip, stages));
    if (known.kind === 'challenge') return await challenge(arrival.wire, head, trip.id, stages.times.stalled);
    const attempt = trip.attempted(classify(trip, head, known.client));
    const admission = orRefuse(admit(stages.policy(), attempt, trip.receivedAt));
    const recordable = orRefuse(trip.recordable());
    const answers = trip.resolved(orRefuse(await whileWanted(arrival, stages.resolver.resolve(admission, recordable))));
    const permitted = orRefuse(permit(admission, answers.addresses, stages.isOwnListener));
    const recorded = orRefuse(await trip.opening(stillWanted(permitted, arrival, stages)));
    const opened = stillWanted(recorded, arrival, stages);
    const upstream = trip.connected(orRefuse(await reach(opened, head, arrival, trip, stages)));
    stillPermittedNow(stillWanted(permitted, arrival, stages), upstream, stages);
    await welcome(arrival.wire, attempt, stages.times.stalled);
    const { seen, heldBack } = await lookInside({ arrival, opened, upstream, trip }, stages);
    const clearance = trip.cleared(passes(stillWanted(opened, arrival, stages), upstream, seen, stages));
    return await pass({ arrival, head, upstream, opened, clearance, trip, heldBack }, seen, stages);
  } catch (thrown) {
    return await leave(thrown, arrival, trip, stages);
  }
}

/** Puts into values what was asked, by whom. A query string stays behind: no judge or record may see it (law 10). */
function classify(trip: Trip, { method, target }: RequestHead, client: Client): Attempt {
  const intent =
    target.kind === 'authority'
      ? ({ kind: 'tunnel' } as const)
      : ({ kind: 'forward', method, path: target.path } as const);
  return { id: trip.id, receivedAt: trip.receivedAt, client, destination: target.destination, intent };
}

function whoAsks(arrival: Arrival, head: RequestHead, trip: Trip, stages: Stages) {
  return identify(arrival.peer, head.credentials, stages.authentication, (hash) => trip.claimed(hash));
}

/** Nobody is left to be served, or nothing may go out any more: the attempt ends here, rather than dial for no one. */
function stillWanted<T>(token: T, arrival: Arrival, stages: Stages): T {
  if (arrival.wire.gone) throw new Refused(refuseFailed('connection_terminated', 'the client went away'));
  if (stages.drained()) throw new Refused(turnAway('shutting_down'));
  return token;
}

/** Waits for an answer, but not on behalf of a client that goes away meanwhile, or past the end of a stop. */
function whileWanted<T>({ wire }: Arrival, answer: Promise<T>): Promise<T | Refusal> {
  return new Promise((resolve, reject) => {
    let waiting = true;
    wire.whenGone(() => {
      waiting = false;
      resolve(refuseFailed('connection_terminated', 'the client went away during the look-up'));
    });
    answer.then((value) => {
      // An answer that comes too late must not take away what somebody else waits for by then.
      if (waiting) wire.whenGone(undefined);
      resolve(value);
    }, reject);
  });
}

/** Connects, or takes a waiting connection of the same client to the same place; gives up when the client goes. */
function reach(opened: Opened, head: RequestHead, { wire }: Arrival, trip: Trip, stages: Stages) {
  // A connection that waited may be closing at this very moment, so only what can be sent again may use one.
  if (head.target.kind === 'absolute' && canBeSentAgain(head)) {
    const idle = stages.idleUpstreams.take(permitOf(opened));
    if (idle !== 'none') return Promise.resolve(waiting(idle));
  }
  return dial(opened, wire, trip, stages);
}

function waiting({ wire, address }: { wire: Upstream['wire'] & object; address: Upstream['address'] }): Upstream {
  return { kind: 'upstream', socket: wire.socket, wire, address, reused: true };
}

async function dial(opened: Opened, wire: Arrival['wire'], trip: Trip, { times }: Stages): Promise<Upstream | Refusal> {
  const budgetMs = Math.max(1, Math.min(times.dial, trip.remainingMs));
  const reached = await connect(opened, { budgetMs, whenAbandoned: (giveUp) => wire.whenGone(giveUp) });
  wire.whenGone(undefined);
  return reached;
}

/** An attempt whose connection stands. */
interface Cleared {
  readonly arrival: Arrival;
  readonly head: RequestHead;
  readonly upstream: Upstream;
  readonly opened: Opened;
  readonly clearance: Clearance;
  readonly trip: Trip;
  /** What the destination sent that the client has not been given. */
  readonly heldBack: Buffer;
}

async function pass(cleared: Cleared, seen: Observation, stages: Stages): Promise<Next> {
  const { arrival, head, upstream, opened, clearance, trip, heldBack } = cleared;
  if (head.target.kind === 'absolute') {
    const again = async () => {
      const fresh = trip.connected(orRefuse(await dial(opened, arrival.wire, trip, stages)));
      const wanted = stillWanted(opened, arrival, stages);
      return { upstream: fresh, clearance: clearedNow(permitOf(wanted), fresh, seen, stages) };
    };
    return await forward({ arrival, head, target: head.target, upstream, clearance, trip, again }, stages);
  }
  await tunnel({ wire: arrival.wire, upstream, heldBack, clearance, trip }, stages);
  return 'over';
}

/** The one way off the straight line: record the refusal, free what was opened, tell the client. Fails closed. */
async function leave(thrown: unknown, arrival: Arrival, trip: Trip, stages: Stages): Promise<Next> {
  if (!(thrown instanceof Refused))
    stages.log.error('a fault in the proxy itself', { attempt: trip.id, error: thrown });
  const refusal =
    thrown instanceof Refused ? thrown.refusal : refuseFailed('proxy_internal_error', 'a fault in the proxy');
  trip.abandon();
  const recorded = await trip.refused(refusal, arrival.wire.answered ? TUNNEL_STANDS : refusal.status);
  return await tell(arrival, recorded, trip.id, stages.times.stalled);
}
