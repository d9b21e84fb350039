import type { AttemptLog } from './attempt-log/index.js';
import type { IncomingRequest, ProxyContext } from './context.js';
import { permitOf, type Opened } from './decision/index.js';
import { isSafe, type RequestHead } from '../protocol/http/index.js';
import { Refused, refuseFailed, refuseRequest, type Refusal } from './refusal/index.js';
import { connect, type Upstream } from './upstream/index.js';

/** An attempt whose decision is on disk. */
export interface OpenedAttempt {
  readonly incoming: IncomingRequest;
  readonly head: RequestHead;
  readonly opened: Opened;
  readonly attemptLog: AttemptLog;
}

/** An attempt whose destination has been reached. */
export interface ReachedAttempt extends OpenedAttempt {
  readonly upstream: Upstream;
}

/** Gives the token back, or refuses if the client has gone or nothing may go out any more. */
export function ensureWanted<T>(token: T, { connection }: IncomingRequest, context: ProxyContext): T {
  if (connection.gone) throw new Refused(refuseFailed('connection_terminated', 'the client went away'));
  if (context.drained()) throw new Refused(refuseRequest('shutting_down'));
  return token;
}

/** Dials, or takes an idle connection of the same client to the same destination. */
export async function reach(attempt: OpenedAttempt, context: ProxyContext): Promise<Upstream | Refusal> {
  const { head, opened } = attempt;
  // An idle connection may be closing at this moment, so only a request that can be sent again may use one.
  const canBeSentAgain = isSafe(head.method) && head.framing.kind === 'none';
  const idle = canBeSentAgain ? context.idleUpstreams.take(permitOf(opened)) : 'none';
  return idle === 'none' ? await dial(attempt, context) : idle;
}

/** Dials the destination within the attempt's time limit. */
export async function dial(
  { incoming, opened, attemptLog }: OpenedAttempt,
  { times, gonePeers }: ProxyContext,
): Promise<Upstream | Refusal> {
  const budgetMs = Math.max(1, Math.min(times.dial, attemptLog.remainingMs));
  const upstream = await connect(opened, { budgetMs, cancellation: incoming.cancellation });
  if (upstream.kind === 'upstream') gonePeers.watch('destination', upstream.socket);
  return upstream;
}
