import { admit, permit, type Permit } from '../../lib/policy/index.js';
import { Unfinished } from '../../lib/proxy/presence/index.js';
import { emptyTally, Trip } from '../../lib/proxy/trip/index.js';
import type { Opened } from '../../lib/proxy/decision/index.js';
import { connect, ip, noon } from '../policy/samples.js';
import { policySet, type Rig } from './rig.js';

/** An attempt whose decision is on disk, its papers, and what they count. */
export interface Opening {
  readonly permit: Permit;
  readonly opened: Opened;
  readonly trip: Trip;
  readonly tally: ReturnType<typeof emptyTally>;
}

/** Opens an attempt that a policy lets go to an address, in the journal of a rig and past its proxy. */
export async function opening(rig: Rig, policy: string, authority: string, address: string): Promise<Opening> {
  const tally = emptyTally();
  const attempt = connect(authority);
  const trip = new Trip(
    {
      journal: rig.journal,
      log: { error: () => undefined },
      now: () => noon,
      tally,
      answerMs: 20_000,
      revision: () => 'none',
      unfinished: new Unfinished(),
    },
    attempt.client,
  );
  trip.attempted(attempt);
  const admission = admit(policySet(policy), attempt, noon);
  if (admission.kind === 'denied') throw new Error(admission.reason);
  const permitted = permit(admission, [ip(address)], () => false);
  if (permitted.kind === 'denied') throw new Error(permitted.reason);
  const opened = await trip.opening(permitted);
  if (opened.kind === 'refusal') throw new Error(opened.words);
  return { permit: permitted, opened, trip, tally };
}
