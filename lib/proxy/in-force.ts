import type { Observation } from '../attempt/index.js';
import {
  clear,
  proceed,
  stillCleared,
  stillPermitted,
  type Clearance,
  type Permit,
  type Proceeding,
} from '../policy/index.js';
import { orRefuse } from './refusal/index.js';
import type { Stages } from './stages.js';
import type { Upstream } from './upstream/index.js';

/**
 * The judge's questions after the dial, each asked of the rules of the permit and of the set in force now: a policy may
 * change while we wait for disk, network and handshakes, and then the newer one has the last word. A no leaves the journey.
 */

/** Whether the reached address may still be dialled. Gives the permit of the set now in force. */
export function stillPermittedNow(permit: Permit, { address }: Upstream, stages: Stages): Permit {
  const inForce = stages.policy();
  if (inForce.revision === permit.revision) return permit;
  return orRefuse(stillPermitted(inForce, permit, address, stages.support.now(), stages.isOwnListener));
}

/** Whether what was seen so far may go on. */
export function proceedNow(permit: Permit, upstream: Upstream, soFar: Observation, stages: Stages): Proceeding {
  const now = stages.support.now();
  const proceeding = orRefuse(proceed(permit, upstream.address, soFar, now));
  const current = stillPermittedNow(permit, upstream, stages);
  return current === permit ? proceeding : orRefuse(proceed(current, upstream.address, soFar, now));
}

/** Whether the traffic may pass, for the address that was reached. */
export function clearedNow(permit: Permit, { address }: Upstream, seen: Observation, stages: Stages): Clearance {
  const now = stages.support.now();
  const clearance = orRefuse(clear(permit, address, seen, now));
  const inForce = stages.policy();
  if (inForce.revision === clearance.revision) return clearance;
  return orRefuse(stillCleared(inForce, clearance, now, stages.isOwnListener));
}
