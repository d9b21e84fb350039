import type { IpAddress } from '../../address/index.js';
import type { Attempt, Observation } from '../../attempt/index.js';
import { stanceOn, type PolicySet } from '../set/index.js';
import type { TrafficContext } from '../traffic/index.js';
import { denied, NOTHING_NEAR } from './denial.js';
import { admit, permit } from './judge.js';
import {
  Clearance,
  Grant,
  groundOn,
  isSome,
  Proceeding,
  type Admission,
  type JudgedTraffic,
  type Permit,
} from './tokens.js';
import { verdictOn, watchOf } from './traffic-verdict.js';
import type { Denial, OwnMachine, Watch } from './verdict.js';

/** What is known of an attempt that is explained or tried. */
export interface KnownFacts {
  readonly addresses: readonly IpAddress[] | 'not_resolved';
  readonly seen: Observation | 'not_given';
}

/** The judge's answer to an attempt, as far as facts are known. */
export type Verdict = Admission | Permit | Clearance | Denial;

/** Asks each question that the known facts suffice for. */
export function judgeKnown(
  policy: PolicySet,
  attempt: Attempt,
  now: Date,
  { addresses, seen }: KnownFacts,
  machine: OwnMachine,
): Verdict {
  const admission = admit(policy, attempt, now);
  if (admission.kind === 'denied' || addresses === 'not_resolved') return admission;
  const permitted = permit(admission, addresses, machine);
  if (permitted.kind === 'denied' || seen === 'not_given') return permitted;
  return clear(permitted, permitted.addresses[0], seen, now);
}

/** The denial in force, or the one that only `observe` prevents. */
export function denialIn(verdict: Verdict): Denial | 'none' {
  if (verdict.kind === 'denied') return verdict;
  if (verdict.kind === 'clearance') return verdict.wouldDeny;
  return verdict.ground.kind === 'observed' ? verdict.ground.wouldDeny : 'none';
}

/** What traffic to the dialled address must be inspected for, before a byte of it was seen. */
export function watchFor(permit: Permit, dialled: IpAddress): Watch {
  return watchOf(Grant.routesOf(permit).find(({ address }) => address.text === dialled.text)?.rules ?? []);
}

/** May what was seen so far go on to the other end? Facts that are `not_reached` count as holding until they are seen. */
export function proceed(permit: Permit, dialled: IpAddress, soFar: Observation, now: Date): Proceeding | Denial {
  const judged = judgeTraffic(permit, dialled, soFar, now, 'so_far');
  return judged.kind === 'denied' ? judged : new Proceeding(permit, judged);
}

/**
 * May this traffic pass? Checks which rules hold for the dialled address and the traffic (law 5); pins of what is
 * `not_reached` are not visible. A rule that holds outweighs one that observes. An address that was not permitted is denied,
 * in `observe` mode too.
 */
export function clear(permit: Permit, dialled: IpAddress, seen: Observation, now: Date): Clearance | Denial {
  const judged = judgeTraffic(permit, dialled, seen, now, 'whole');
  return judged.kind === 'denied' ? judged : new Clearance(permit, judged, dialled, seen, now);
}

function judgeTraffic(
  permit: Permit,
  dialled: IpAddress,
  seen: Observation,
  now: Date,
  stage: TrafficContext['stage'],
): JudgedTraffic | Denial {
  const { revision, dropped, ground } = permit;
  const { facts } = Grant.admittedBy(permit);
  const route = Grant.routesOf(permit).find(({ address }) => address.text === dialled.text);
  if (route === undefined) return denied(revision, 'address_not_allowed', facts, NOTHING_NEAR, dropped);
  if (ground.kind === 'observed')
    return { kind: 'passes', ground, checks: [], wouldDeny: ground.wouldDeny, watched: [] };
  const context = { host: facts.attempt.destination.host, at: now.getTime(), stage };
  const { rules, checks, near, reason, watched } = verdictOn(route.rules, seen, context);
  const wouldDeny = near === 'none' || reason === 'none' ? 'none' : denied(revision, reason, facts, near, dropped);
  if (isSome(rules)) return { kind: 'passes', ground: groundOn(rules), checks, wouldDeny, watched };
  if (wouldDeny === 'none') throw new Error('traffic is denied without a reason');
  if (stanceOn(facts) !== 'observes') return wouldDeny;
  return { kind: 'passes', ground: { kind: 'observed', wouldDeny }, checks, wouldDeny, watched };
}

/** Judges an attempt again, by another policy set or at a later time, for the one address that was reached. */
export function stillPermitted(
  policy: PolicySet,
  { attempt }: Pick<Permit, 'attempt'>,
  address: IpAddress,
  now: Date,
  machine: OwnMachine,
): Permit | Denial {
  const admission = admit(policy, attempt, now);
  return admission.kind === 'denied' ? admission : permit(admission, [address], machine);
}

/** The same for an open attempt, with the traffic that its clearance holds, at the time at which it was seen. */
export function stillCleared(
  policy: PolicySet,
  clearance: Clearance,
  now: Date,
  machine: OwnMachine,
): Clearance | Denial {
  const { address, observation, seenAt } = clearance;
  const permitted = stillPermitted(policy, clearance, address, now, machine);
  return permitted.kind === 'denied' ? permitted : clear(permitted, address, observation, seenAt);
}
