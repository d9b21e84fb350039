import type { IpAddress } from '../../address/index.js';
import type { Attempt } from '../../attempt/index.js';
import { factsOf, PolicySet, stanceOn } from '../set/index.js';
import { denied, nearest, nearestOf, notAllowed, NOTHING_NEAR } from './denial.js';
import { placeOf } from './place.js';
import { addressDeny, firstDeny, sortAddresses, standingRules, type Route } from './routes.js';
import { firstFailing } from './rule-checks.js';
import { Grant, groundOn, isSome, Permit, type Admission } from './tokens.js';
import type { Denial, DenialReason, DroppedAddress, OwnMachine } from './verdict.js';

/**
 * May this name be looked up? (Laws 1, 2, 5 and 6.) Yes if no `deny` entry matches and some rule holds for every fact
 * known so far, or if the attempt would be denied and every policy that applies to the client only observes.
 */
export function admit(policy: PolicySet, attempt: Attempt, now: Date): Admission | Denial {
  const { revision } = policy;
  const tables = PolicySet.tables(policy);
  if (tables.rules.length === 0) return denied(revision, 'no_policy', { scopes: [] });
  const facts = factsOf(tables, attempt, now);
  const listed = tables.hosts.find(attempt.destination.host, facts.hostLists);
  const entry = firstDeny(listed.denies, facts);
  if (entry !== 'none') {
    return denied(revision, 'destination_denied', facts, { ...NOTHING_NEAR, rule: entry.ref, scope: entry.scope });
  }
  const rules = listed.rules.filter((rule) => firstFailing(rule, facts) === 'none');
  const admitted = { tables, facts, rules };
  if (isSome(rules)) return new Grant('admission', revision, groundOn(rules), admitted);
  const denial = notAllowed(revision, listed.rules, tables, facts);
  if (stanceOn(facts) !== 'observes') return denial;
  return new Grant('admission', revision, { kind: 'observed', wouldDeny: denial }, admitted);
}

/**
 * May these addresses be dialled? Drops those that no standing rule allows; an address literal leads to itself, whatever
 * `answers` says. In `observe` mode addresses of the public internet and of private networks pass without a rule; what lies
 * elsewhere (see `placeOf`), own listeners and `deny` entries are dropped all the same.
 */
export function permit(admission: Admission, answers: readonly IpAddress[], machine: OwnMachine): Permit | Denial {
  const held = Grant.admittedBy(admission);
  const { host } = admission.attempt.destination;
  const { routes, dropped } = sortAddresses(host.kind === 'address' ? [host.address] : answers, held, machine);
  const rules = standingRules(held.rules, routes);
  if (isSome(routes) && isSome(rules)) return new Permit(admission, groundOn(rules), routes, dropped);
  const denial = noAddressAllowed(admission, dropped);
  return stanceOn(held.facts) === 'observes' ? observed(admission, dropped, denial, machine) : denial;
}

/** A permit for the addresses that only the missing rule keeps from being dialled, or the denial where there are none. */
function observed(
  admission: Admission,
  dropped: readonly DroppedAddress[],
  denial: Denial,
  machine: OwnMachine,
): Permit | Denial {
  // INVARIANT: what `observe` lets pass is public or private, not denied and not ours: `sortAddresses` gives other reasons.
  const isLetPass = ({ address, reason }: DroppedAddress): boolean =>
    reason === 'address_not_allowed' || (reason === 'special_purpose' && placeOf(address, machine) === 'private');
  const routes = dropped.filter(isLetPass).map(({ address }) => ({ address, rules: [] }));
  if (!isSome(routes)) return denial;
  const enforced = dropped.filter((one) => !isLetPass(one));
  const wouldDeny = whyObserved(admission, routes, denial, machine);
  return new Permit(admission, { kind: 'observed', wouldDeny }, routes, enforced);
}

/**
 * What would deny an observed attempt. Where no rule lists the destination and it is in a private network, that is said: a rule
 * without `resolves-to` would not do, and the line to add needs the address.
 */
function whyObserved({ ground }: Admission, routes: readonly Route[], denial: Denial, machine: OwnMachine): Denial {
  if (ground.kind !== 'observed') return denial;
  const { wouldDeny } = ground;
  const isPrivate = routes.every(({ address }) => placeOf(address, machine) === 'private');
  const isUnlisted = wouldDeny.reason === 'destination_not_allowed' && denial.reason === 'address_not_allowed';
  return isPrivate && isUnlisted ? denial : wouldDeny;
}

/** The reasons that outweigh others where addresses were dropped for several, gravest first. */
const GRAVEST = ['address_denied', 'own_listener'] as const satisfies readonly DenialReason[];

function noAddressAllowed(admission: Admission, dropped: readonly DroppedAddress[]): Denial {
  const held = Grant.admittedBy(admission);
  const { ground, revision } = admission;
  const reason = GRAVEST.find((grave) => dropped.some((one) => one.reason === grave)) ?? 'address_not_allowed';
  const near =
    ground.kind === 'observed'
      ? ground.wouldDeny
      : nearest(nearestOf(held.rules, held.tables, held.facts), () => reason);
  if (reason !== 'address_denied') return denied(revision, reason, held.facts, near, dropped);
  const entry = dropped.map(({ address }) => addressDeny(address, held)).find((one) => one !== 'none');
  if (entry === undefined) return denied(revision, reason, held.facts, { ...near, rule: 'none' }, dropped);
  return denied(revision, reason, held.facts, { ...near, rule: entry.ref, scope: entry.scope }, dropped);
}
