import { relay, type RelayResult } from '../relay/index.js';
import type { Clearance } from '../policy/index.js';
import type { Upstream } from './upstream/index.js';
import type { ActiveTraffic, ProxyContext } from './context.js';
import type { Ending, AttemptLog } from './attempt-log/index.js';
import type { BufferedSocket } from './socket/index.js';

/** A tunnel that may pass. `heldBack`: what the destination sent that the client has not been given. */
interface Cleared {
  readonly connection: BufferedSocket;
  readonly upstream: Upstream;
  readonly heldBack: Buffer;
  readonly clearance: Clearance;
  readonly attemptLog: AttemptLog;
}

/**
 * Relays a cleared tunnel until it ends, and records how. The tunnel is listed as passing meanwhile, so that a policy
 * change or a stop can end it, and leaves a `progress` record every so often.
 */
export async function tunnel(
  { connection, upstream, heldBack, clearance, attemptLog }: Cleared,
  context: ProxyContext,
): Promise<void> {
  const session = relay(
    clearance,
    connection.socket,
    upstream.socket,
    { out: connection.release(), in: heldBack },
    {
      idleMs: context.times.tunnelIdle,
      endedMs: context.times.halfClosed,
    },
  );
  let told: 'policy_change' | 'shutdown' | 'idle_timeout' = 'idle_timeout';
  const activeTraffic: ActiveTraffic = {
    clearance,
    tunnel: true,
    end: (cause) => {
      told = cause;
      session.end();
    },
  };
  const progress = setInterval(() => {
    const { bytesOut, bytesIn } = session.counts();
    attemptLog.progressed(bytesOut, bytesIn);
  }, context.times.progress);
  const leave = context.activeTraffic.enter(activeTraffic);
  try {
    const ended = await session.done;
    attemptLog.closed(endingOf(ended, told));
  } finally {
    clearInterval(progress);
    leave();
  }
}

function endingOf(ended: RelayResult, told: Ending['endedBy']): Ending {
  const { by, error, bytesOut, bytesIn } = ended;
  return { endedBy: by === 'told' ? told : by, bytesOut, bytesIn, status: 200, detail: error };
}
