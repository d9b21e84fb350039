import type { Attempt, Client, Observation } from '../attempt/index.js';
import { admit, permit, type Clearance } from '../policy/index.js';
import { hasPassedThrough, type RequestHead } from '../protocol/http/index.js';
import { challenge, sendRefusal, confirmTunnel } from './reply.js';
import { permitOf, type Opened } from './decision/index.js';
import { canBeSentAgain, forward } from './forward.js';
import { identify } from './identify.js';
import { clearNow, permitNow } from './rejudge.js';
import { inspectTraffic, clearTraffic } from './inspect-tunnel.js';
import { orRefuse, Refused, refuseFailed, refuseRequest, type Refusal } from './refusal/index.js';
import type { IncomingRequest, AfterRequest, ProxyContext } from './context.js';
import { AttemptLog } from './attempt-log/index.js';
import { tunnel } from './tunnel.js';
import { connect, type Upstream } from './upstream/index.js';

/** What a tunnel's client has been told already, when its traffic is refused in the end. */
const TUNNEL_STANDS = 200;

/**
 * One try to get out, from the read request to the last record. Each line needs the token that the line before it gives,
 * so the order cannot be changed by mistake. Every no, from policy or from the world, leaves the straight line as a
 * {@link Refused}, is recorded, and is told; anything else that is thrown is a bug, and ends as a refusal too.
 */
export async function serveRequest(incoming: IncomingRequest, context: ProxyContext): Promise<AfterRequest> {
  const attemptLog = new AttemptLog(context.recording, incoming.peer);
  try {
    const { head } = orRefuse(incoming.asked);
    // A record of a wrong password, too, says what for.
    attemptLog.attempted(classify(attemptLog, head, incoming.peer));
    if (context.stopping()) throw new Refused(refuseRequest('shutting_down'));
    if (hasPassedThrough(head.fields, context.pseudonym)) throw new Refused(refuseRequest('loop'));
    const known = orRefuse(await identifyClient(incoming, head, attemptLog, context));
    if (known.kind === 'challenge')
      return await challenge(incoming.connection, head, attemptLog.id, context.times.stalled);
    const attempt = attemptLog.attempted(classify(attemptLog, head, known.client));
    const admission = orRefuse(admit(context.policy(), attempt, attemptLog.receivedAt));
    const recordable = orRefuse(attemptLog.recordable());
    const answers = attemptLog.resolved(
      orRefuse(await whileWanted(incoming, context.resolver.resolve(admission, recordable))),
    );
    const permitted = orRefuse(permit(admission, answers.addresses, context.isOwnListener));
    const recorded = orRefuse(await attemptLog.opening(ensureWanted(permitted, incoming, context)));
    const opened = ensureWanted(recorded, incoming, context);
    const upstream = attemptLog.connected(orRefuse(await reach(opened, head, incoming, attemptLog, context)));
    permitNow(ensureWanted(permitted, incoming, context), upstream, context);
    await confirmTunnel(incoming.connection, attempt, context.times.stalled);
    const { seen, heldBack } = await inspectTraffic({ incoming, opened, upstream, attemptLog }, context);
    const clearance = attemptLog.cleared(
      clearTraffic(ensureWanted(opened, incoming, context), upstream, seen, context),
    );
    return await pass({ incoming, head, upstream, opened, clearance, attemptLog, heldBack }, seen, context);
  } catch (thrown) {
    return await leave(thrown, incoming, attemptLog, context);
  }
}

/** Puts into values what was asked, by whom. A query string stays behind: no judge or record may see it (law 10). */
function classify(attemptLog: AttemptLog, { method, target }: RequestHead, client: Client): Attempt {
  const intent =
    target.kind === 'authority'
      ? ({ kind: 'tunnel' } as const)
      : ({ kind: 'forward', method, path: target.path } as const);
  return { id: attemptLog.id, receivedAt: attemptLog.receivedAt, client, destination: target.destination, intent };
}

function identifyClient(incoming: IncomingRequest, head: RequestHead, attemptLog: AttemptLog, context: ProxyContext) {
  return identify(incoming.peer, head.credentials, context.authentication, (hash) => attemptLog.claimed(hash));
}

/** Nobody is left to be served, or nothing may go out any more: the attempt ends here, rather than dial for no one. */
function ensureWanted<T>(token: T, incoming: IncomingRequest, context: ProxyContext): T {
  if (incoming.connection.gone) throw new Refused(refuseFailed('connection_terminated', 'the client went away'));
  if (context.drained()) throw new Refused(refuseRequest('shutting_down'));
  return token;
}

/** Waits for an answer, but not on behalf of a client that goes away meanwhile, or past the end of a stop. */
function whileWanted<T>({ connection }: IncomingRequest, answer: Promise<T>): Promise<T | Refusal> {
  return new Promise((resolve, reject) => {
    let waiting = true;
    connection.whenGone(() => {
      waiting = false;
      resolve(refuseFailed('connection_terminated', 'the client went away during the look-up'));
    });
    answer.then((value) => {
      // An answer that comes too late must not take away what somebody else waits for by then.
      if (waiting) connection.whenGone(undefined);
      resolve(value);
    }, reject);
  });
}

/** Connects, or takes a waiting connection of the same client to the same place; gives up when the client goes. */
function reach(
  opened: Opened,
  head: RequestHead,
  { connection }: IncomingRequest,
  attemptLog: AttemptLog,
  context: ProxyContext,
) {
  // A connection that waited may be closing at this very moment, so only what can be sent again may use one.
  if (head.target.kind === 'absolute' && canBeSentAgain(head)) {
    const idle = context.idleUpstreams.take(permitOf(opened));
    if (idle !== 'none') return Promise.resolve(waiting(idle));
  }
  return dial(opened, connection, attemptLog, context);
}

function waiting({
  connection,
  address,
}: {
  connection: Upstream['connection'] & object;
  address: Upstream['address'];
}): Upstream {
  return { kind: 'upstream', socket: connection.socket, connection, address, reused: true };
}

async function dial(
  opened: Opened,
  connection: IncomingRequest['connection'],
  attemptLog: AttemptLog,
  { times }: ProxyContext,
): Promise<Upstream | Refusal> {
  const budgetMs = Math.max(1, Math.min(times.dial, attemptLog.remainingMs));
  const reached = await connect(opened, { budgetMs, whenAbandoned: (giveUp) => connection.whenGone(giveUp) });
  connection.whenGone(undefined);
  return reached;
}

/** An attempt whose connection stands. */
interface Cleared {
  readonly incoming: IncomingRequest;
  readonly head: RequestHead;
  readonly upstream: Upstream;
  readonly opened: Opened;
  readonly clearance: Clearance;
  readonly attemptLog: AttemptLog;
  /** What the destination sent that the client has not been given. */
  readonly heldBack: Buffer;
}

async function pass(cleared: Cleared, seen: Observation, context: ProxyContext): Promise<AfterRequest> {
  const { incoming, head, upstream, opened, clearance, attemptLog, heldBack } = cleared;
  if (head.target.kind === 'absolute') {
    const again = async () => {
      const fresh = attemptLog.connected(orRefuse(await dial(opened, incoming.connection, attemptLog, context)));
      const wanted = ensureWanted(opened, incoming, context);
      return { upstream: fresh, clearance: clearNow(permitOf(wanted), fresh, seen, context) };
    };
    return await forward({ incoming, head, target: head.target, upstream, clearance, attemptLog, again }, context);
  }
  await tunnel({ connection: incoming.connection, upstream, heldBack, clearance, attemptLog }, context);
  return 'over';
}

/** The one way off the straight line: record the refusal, free what was opened, tell the client. Fails closed. */
async function leave(
  thrown: unknown,
  incoming: IncomingRequest,
  attemptLog: AttemptLog,
  context: ProxyContext,
): Promise<AfterRequest> {
  if (!(thrown instanceof Refused))
    context.log.error('a fault in the proxy itself', { attempt: attemptLog.id, error: thrown });
  const refusal =
    thrown instanceof Refused ? thrown.refusal : refuseFailed('proxy_internal_error', 'a fault in the proxy');
  attemptLog.abandon();
  const recorded = await attemptLog.refused(refusal, incoming.connection.answered ? TUNNEL_STANDS : refusal.status);
  return await sendRefusal(incoming, recorded, attemptLog.id, context.times.stalled);
}
