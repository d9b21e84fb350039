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
import type { ProxyContext } from './context.js';
import type { Upstream } from './upstream/index.js';

/**
 * The judge's questions after the dial, each asked of the rules of the permit and of the set in force now: a policy may
 * change while we wait for disk, network and handshakes, and then the newer one has the last word. A no leaves the journey.
 */

/** Whether the reached address may still be dialled. Gives the permit of the set now in force. */
export function permitNow(permit: Permit, { address }: Upstream, context: ProxyContext): Permit {
  const inForce = context.policy();
  if (inForce.revision === permit.revision) return permit;
  return orRefuse(stillPermitted(inForce, permit, address, context.recording.now(), context.machine));
}

/** Whether what was seen so far may go on. */
export function proceedNow(permit: Permit, upstream: Upstream, soFar: Observation, context: ProxyContext): Proceeding {
  const now = context.recording.now();
  const proceeding = orRefuse(proceed(permit, upstream.address, soFar, now));
  const current = permitNow(permit, upstream, context);
  return current === permit ? proceeding : orRefuse(proceed(current, upstream.address, soFar, now));
}

/** Whether the traffic may pass, for the address that was reached. */
export function clearNow(permit: Permit, { address }: Upstream, seen: Observation, context: ProxyContext): Clearance {
  const now = context.recording.now();
  const clearance = orRefuse(clear(permit, address, seen, now));
  const inForce = context.policy();
  if (inForce.revision === clearance.revision) return clearance;
  return orRefuse(stillCleared(inForce, clearance, now, context.machine));
}
