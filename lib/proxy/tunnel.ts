import { relay, type Ended } from '../relay/index.js';
import type { Clearance } from '../policy/index.js';
import type { Upstream } from './upstream/index.js';
import type { Passing, Stages } from './stages.js';
import type { Ending, Trip } from './trip/index.js';
import type { Wire } from './wire/index.js';

/** A tunnel that may pass. `heldBack`: what the destination sent that the client has not been given. */
interface Cleared {
  readonly wire: Wire;
  readonly upstream: Upstream;
  readonly heldBack: Buffer;
  readonly clearance: Clearance;
  readonly trip: Trip;
}

/**
 * Relays a cleared tunnel until it ends, and records how. The tunnel is listed as passing meanwhile, so that a policy
 * change or a stop can end it, and leaves a `progress` record every so often.
 */
export async function tunnel({ wire, upstream, heldBack, clearance, trip }: Cleared, stages: Stages): Promise<void> {
  const passage = relay(
    clearance,
    wire.socket,
    upstream.socket,
    { out: wire.release(), in: heldBack },
    {
      idleMs: stages.times.tunnelIdle,
      endedMs: stages.times.halfClosed,
    },
  );
  let told: 'policy_change' | 'shutdown' | 'idle_timeout' = 'idle_timeout';
  const passing: Passing = {
    clearance,
    tunnel: true,
    end: (cause) => {
      told = cause;
      passage.end();
    },
  };
  const progress = setInterval(() => {
    const { bytesOut, bytesIn } = passage.counts();
    trip.progressed(bytesOut, bytesIn);
  }, stages.times.progress);
  const leave = stages.passing.enter(passing);
  try {
    const ended = await passage.done;
    trip.closed(endingOf(ended, told));
  } finally {
    clearInterval(progress);
    leave();
  }
}

function endingOf(ended: Ended, told: Ending['endedBy']): Ending {
  const { by, error, bytesOut, bytesIn } = ended;
  return { endedBy: by === 'told' ? told : by, bytesOut, bytesIn, status: 200, detail: error };
}
