import { AttemptLog } from './attempt-log/index.js';
import type { Attempt, Client, Intent } from '../attempt/index.js';
import type { IncomingRequest, ProxyContext } from './context.js';
import type { AfterRequest } from './socket/index.js';
import { Challenged, challengeIfHelpful, identify, logInQuestion } from './identify.js';
import { clearTraffic } from './inspect-tunnel.js';
import { admit, logInAtAdmit, logInAtPermit, permit } from '../policy/index.js';
import { hasPassedThrough, type RequestHead } from '../protocol/http/index.js';
import { ensureWanted, reach } from './reach.js';
import { orRefuse, Refused, refuseFailed, refuseRequest } from './refusal/index.js';
import { permitNow } from './rejudge.js';
import { CHALLENGE, sendRefusal } from './reply.js';
import { trafficOf } from './traffic.js';

const LEFT_DURING_LOOK_UP = refuseFailed('connection_terminated', 'the client went away during the look-up');
/** The status a tunnel's client has received before its traffic is refused. */
const TUNNEL_STATUS = 200;

/**
 * Serves one request: one attempt to get out, from its parsed head to its last record. Each line takes the token that an
 * earlier line gives, so the order cannot be changed by mistake. Each refusal leaves the straight line as {@link Refused},
 * is recorded and is sent to the client; a request to log in leaves it as {@link Challenged}, before the dial, so that the
 * client of a tunnel stays who it was. Anything else that is thrown is a bug, and is refused too.
 */
export async function serveRequest(incoming: IncomingRequest, context: ProxyContext): Promise<AfterRequest> {
  const attemptLog = new AttemptLog(context.recording, incoming.peer);
  try {
    const { head } = orRefuse(incoming.parsed);
    // Set before identification, so that the record of a wrong password has its destination.
    attemptLog.setAttempt(classify(attemptLog, head, incoming.peer));
    if (context.stopping()) throw new Refused(refuseRequest('shutting_down'));
    if (hasPassedThrough(head.fields, context.pseudonym)) throw new Refused(refuseRequest('loop'));
    const { client } = orRefuse(await identify(incoming.peer, head.credentials, context.authentication, attemptLog));
    const attempt = attemptLog.setAttempt(classify(attemptLog, head, client));
    const traffic = trafficOf(attempt);
    const policy = context.policy();
    const question = logInQuestion(policy, attempt, context.authentication);
    const admitted = admit(policy, attempt, attemptLog.receivedAt);
    challengeIfHelpful(question, (asked) => logInAtAdmit(asked, admitted));
    const admission = attemptLog.setAdmission(orRefuse(admitted));
    const recordable = orRefuse(attemptLog.recordable());
    const resolving = context.resolver.resolve(admission, recordable);
    const answers = attemptLog.setAnswers(orRefuse(await incoming.cancellation.until(resolving, LEFT_DURING_LOOK_UP)));
    const judged = permit(admission, answers.addresses, context.machine);
    challengeIfHelpful(question, (asked) => logInAtPermit(asked, judged, answers.addresses, context.machine));
    const permitted = orRefuse(judged);
    const recorded = orRefuse(await attemptLog.recordDecision(ensureWanted(permitted, incoming, context)));
    const opened = ensureWanted(recorded, incoming, context);
    const upstream = attemptLog.setUpstream(orRefuse(await reach({ incoming, head, opened, attemptLog }, context)));
    permitNow(ensureWanted(permitted, incoming, context), upstream, context);
    const reached = { incoming, head, opened, attemptLog, upstream };
    const inspected = await traffic.inspect(reached, context);
    const clearance = clearTraffic(ensureWanted(reached, incoming, context), inspected.seen, context);
    attemptLog.setClearance(clearance);
    return await traffic.pass({ ...reached, ...inspected, clearance }, context);
  } catch (thrown) {
    return await refuse(thrown, incoming, attemptLog, context);
  }
}

/** Describes the request as an attempt. The query string is left out: no judge or record may see it (law 10). */
function classify({ id, receivedAt }: AttemptLog, { method, target }: RequestHead, client: Client): Attempt {
  const { destination } = target;
  const intent: Intent =
    target.kind === 'authority' ? { kind: 'tunnel' } : { kind: 'forward', method, path: target.path };
  return { id, receivedAt, client, destination, intent };
}

/** Records the refusal, closes what was opened and answers the client. Fails closed. A challenge leaves no record. */
async function refuse(
  thrown: unknown,
  incoming: IncomingRequest,
  attemptLog: AttemptLog,
  context: ProxyContext,
): Promise<AfterRequest> {
  if (thrown instanceof Challenged) {
    context.log.debug('client asked to log in', { attempt: attemptLog.id, client: incoming.peer.ip.text });
    return await sendRefusal(incoming, CHALLENGE, attemptLog.id, context);
  }
  const isRefused = thrown instanceof Refused;
  if (!isRefused) context.log.error('unexpected error in the proxy', { attempt: attemptLog.id, error: thrown });
  const refusal = isRefused ? thrown.refusal : refuseFailed('proxy_internal_error', 'unexpected error in the proxy');
  attemptLog.closeUpstream();
  const status = incoming.connection.answered ? TUNNEL_STATUS : refusal.status;
  const recorded = await attemptLog.recordRefusal(refusal, status);
  return await sendRefusal(incoming, recorded, attemptLog.id, context);
}
