import type { AttemptEnd } from './attempt-log/index.js';
import type { Attempt, Intent } from '../attempt/index.js';
import type { ProxyContext } from './context.js';
import type { AfterRequest } from './socket/index.js';
import { permitOf } from './decision/index.js';
import { forward } from './forward/index.js';
import type { Inspected } from './inspect/index.js';
import { inspectTunnel } from './inspect-tunnel.js';
import type { Clearance } from '../policy/index.js';
import type { RequestHead } from '../protocol/http/index.js';
import { dial, ensureWanted, type ReachedAttempt } from './reach.js';
import { orRefuse } from './refusal/index.js';
import type { ActiveTraffic, TrafficStop } from './registry/index.js';
import type { RelayResult } from '../relay/index.js';
import { clearNow } from './rejudge.js';

/** An attempt whose traffic may pass. */
interface ClearedAttempt extends ReachedAttempt, Inspected {
  readonly clearance: Clearance;
}

/** How one kind of traffic is handled once its destination has been reached. */
interface Traffic {
  /** Finds out what the traffic is, as far as its rules ask. */
  readonly inspect: (reached: ReachedAttempt, context: ProxyContext) => Promise<Inspected>;
  /** Passes it until it ends, and records how. */
  readonly pass: (cleared: ClearedAttempt, context: ProxyContext) => Promise<AfterRequest>;
}

/** A new kind of traffic, here and in {@link Intent}, does not compile until each step handles it. */
const TRAFFIC = {
  forward: { inspect: inspectRequest, pass: passRequest },
  tunnel: { inspect: inspectTunnel, pass: passTunnel },
} as const satisfies Record<Intent['kind'], Traffic>;

/** The handling of an attempt's kind of traffic. */
export function trafficOf({ intent }: Attempt): Traffic {
  return TRAFFIC[intent.kind];
}

const NOTHING = Buffer.alloc(0);

/** The head of a forwarded request says all there is to know. */
function inspectRequest({ head, attemptLog }: ReachedAttempt): Promise<Inspected> {
  const seen = { protocol: 'http', method: head.method, path: targetOf(head).path } as const;
  attemptLog.setObservation(seen);
  return Promise.resolve({ seen, heldBack: NOTHING });
}

function passRequest(cleared: ClearedAttempt, context: ProxyContext): Promise<AfterRequest> {
  const { incoming, head, upstream, clearance, seen, attemptLog } = cleared;
  const redial = async () => {
    const fresh = attemptLog.setUpstream(orRefuse(await dial(cleared, context)));
    const permit = permitOf(ensureWanted(cleared.opened, incoming, context));
    return { upstream: fresh, clearance: clearNow(permit, fresh, seen, context) };
  };
  const { connection, cancellation } = incoming;
  const target = targetOf(head);
  return forward(
    { client: connection, cancellation, head, target, attemptLog, redial },
    { upstream, clearance },
    context,
  );
}

function targetOf({ target }: RequestHead) {
  if (target.kind !== 'absolute') throw new Error('a forwarded request without an absolute target');
  return target;
}

/**
 * Relays a tunnel until it ends, and records how. It is registered as active meanwhile, so that a policy change or a stop
 * can end it, and leaves a `progress` record at intervals.
 */
async function passTunnel(cleared: ClearedAttempt, context: ProxyContext): Promise<AfterRequest> {
  const { clearance, incoming, upstream, heldBack, attemptLog } = cleared;
  const { connection } = incoming;
  const { tunnelIdle, halfClosed, progress } = context.times;
  const early = { out: connection.release(), in: heldBack };
  const limits = { idleMs: tunnelIdle, endedMs: halfClosed };
  const session = context.relay.start(clearance, connection.socket, upstream.socket, early, limits);
  let stop: TrafficStop | 'none' = 'none';
  const active: ActiveTraffic = {
    clearance,
    counts: session.counts,
    end: (given) => {
      stop = given;
      session.stop();
    },
  };
  attemptLog.countAllowed();
  const timer = setInterval(() => attemptLog.recordProgress(session.counts()), progress);
  const remove = context.activeTraffic.add(active);
  try {
    const { by, error, ...counts } = await session.done;
    attemptLog.recordClose({ ...endOf(by, error, stop), ...counts, status: 200 });
  } finally {
    clearInterval(timer);
    remove();
  }
  return 'close';
}

function endOf(
  by: RelayResult['by'],
  error: string,
  stop: TrafficStop | 'none',
): Pick<AttemptEnd, 'endedBy' | 'detail'> {
  if (by !== 'stopped') return { endedBy: by, detail: error };
  return stop === 'none' ? { endedBy: 'idle_timeout', detail: error } : { endedBy: stop.by, detail: stop.detail };
}
