import type { IpAddress } from '../../address/index.js';
import type { Attempt, Observation } from '../../attempt/index.js';
import { ask, listing, PolicySet, stanceOn, type Rule } from '../set/index.js';
import type { Check, Sight } from '../traffic/index.js';
import { denied, nearest, notAllowed, NOTHING_NEAR } from './denial.js';
import { denyingAddress, firstDenying, sortOut, stillStanding, type Admitted, type Route } from './routes.js';
import { firstFailing } from './rule-checks.js';
import { watchOf, weigh } from './traffic-verdict.js';
import type { Denial, DenialReason, DroppedAddress, Ground, IsOwnListener, Watch } from './verdict.js';

/** A list with something in it. */
type Some<T> = readonly [T, ...T[]];

/** What a token carries from stage to stage: the tables it was judged by, what was asked, and what still stands. */
interface Held extends Admitted {
  readonly routes: readonly Route[];
}

/**
 * The common part of the tokens. Only this file can make one: the classes stay here, and the private field makes
 * every look-alike, even a copy of a real token with a part changed, another type.
 */
class Grant<Kind extends string> {
  readonly kind: Kind;
  readonly attempt: Attempt;
  readonly revision: string;
  readonly ground: Ground;
  readonly #held: Held;

  constructor(kind: Kind, revision: string, ground: Ground, held: Held) {
    this.kind = kind;
    this.attempt = held.asked.attempt;
    this.revision = revision;
    this.ground = ground;
    this.#held = held;
  }

  static heldBy(grant: Grant<string>): Held {
    return grant.#held;
  }
}

class PermitGrant extends Grant<'permit'> {
  readonly addresses: Some<IpAddress>;
  readonly dropped: readonly DroppedAddress[];

  constructor(from: Admission, ground: Ground, routes: Some<Route>, dropped: readonly DroppedAddress[]) {
    const { tables, asked, rules } = Grant.heldBy(from);
    super('permit', from.revision, ground, { tables, asked, rules, routes });
    this.addresses = each(routes, ({ address }) => address);
    this.dropped = dropped;
  }
}

/** Traffic as it was judged. */
interface Judged {
  readonly ground: Ground;
  readonly checks: readonly Check[];
  readonly wouldDeny: Denial | 'none';
  /** The rules to ask again when more was seen. */
  readonly watched: readonly Rule[];
}

class ClearanceGrant extends Grant<'clearance'> {
  readonly address: IpAddress;
  readonly observation: Observation;
  /** When it was seen: host certificates were judged by this time, and are so again by another policy. */
  readonly seenAt: Date;
  /** Every fact of the traffic as the first of the ground's rules was asked for it, or the nearest that would deny it. */
  readonly checks: readonly Check[];
  /** What would deny it, had the rule (or every policy that speaks) not said to observe. */
  readonly wouldDeny: Denial | 'none';

  constructor(from: Permit, { ground, checks, wouldDeny }: Judged, address: IpAddress, seen: Observation, at: Date) {
    super('clearance', from.revision, ground, Grant.heldBy(from));
    this.address = address;
    this.observation = seen;
    this.seenAt = at;
    this.checks = checks;
    this.wouldDeny = wouldDeny;
  }
}

class ProceedingGrant extends Grant<'proceeding'> {
  readonly watch: Watch;
  readonly checks: readonly Check[];
  readonly wouldDeny: Denial | 'none';

  constructor(from: Permit, { ground, checks, wouldDeny, watched }: Judged) {
    super('proceeding', from.revision, ground, Grant.heldBy(from));
    this.watch = watchOf(watched);
    this.checks = checks;
    this.wouldDeny = wouldDeny;
  }
}

/** The name may be looked up. */
export type Admission = Grant<'admission'>;
/** These addresses may be dialled, in the order in which DNS gave them; `dropped` may not. */
export type Permit = PermitGrant;
/** What was seen of the traffic so far may go on to the other end. */
export type Proceeding = ProceedingGrant;
/** This traffic may pass. */
export type Clearance = ClearanceGrant;

/**
 * May this name be looked up? (Laws 1, 2, 5 and 6.) Yes if no `deny` entry matches and some rule holds for every fact
 * known so far, or if the attempt would be denied and every policy that speaks for the client only observes.
 */
export function admit(policy: PolicySet, attempt: Attempt, now: Date): Admission | Denial {
  const { revision } = policy;
  const tables = PolicySet.tables(policy);
  if (tables.rules.length === 0) return denied(revision, 'no_policy');
  const asked = ask(tables, attempt, now);
  const { host } = attempt.destination;
  const listed = listing(tables, host, asked.hostLists);
  const entry = firstDenying(listed.denies, asked);
  if (entry !== 'none') return denied(revision, 'destination_denied', { ...NOTHING_NEAR, rule: entry.ref });
  const rules = listed.rules.filter((rule) => firstFailing(rule, asked) === 'none');
  const held = { tables, asked, rules, routes: [] };
  if (isSome(rules)) return new Grant('admission', revision, groundOn(rules), held);
  const stance = stanceOn(asked);
  const denial = notAllowed(revision, listed.rules, asked, stance === 'nobody_speaks');
  if (stance !== 'observes') return denial;
  return new Grant('admission', revision, { kind: 'observed', wouldDeny: denial }, held);
}

/**
 * May these addresses be dialled? Keeps the answers that some standing rule lets the name lead to, and drops the others,
 * each with its reason; an address literal leads to itself, whatever `answers` says. Own listeners, `deny` entries and
 * special-purpose addresses that no rule covers are dropped in `observe` mode too.
 */
export function permit(
  admission: Admission,
  answers: readonly IpAddress[],
  isOwnListener: IsOwnListener,
): Permit | Denial {
  const held = Grant.heldBy(admission);
  const { host } = admission.attempt.destination;
  const { routes, dropped } = sortOut(host.kind === 'address' ? [host.address] : answers, held, isOwnListener);
  const rules = stillStanding(held.rules, routes);
  if (isSome(routes) && isSome(rules)) return new PermitGrant(admission, groundOn(rules), routes, dropped);
  const denial = leadsNowhere(admission, dropped);
  if (stanceOn(held.asked) !== 'observes') return denial;
  // INVARIANT: what `observe` lets pass is global, not denied and not ours: `sortOut` gives those three other reasons.
  const outside = dropped.filter(({ reason }) => reason === 'address_not_allowed');
  const enforced = dropped.filter(({ reason }) => reason !== 'address_not_allowed');
  const open = outside.map(({ address }) => ({ address, rules: [] }));
  if (!isSome(open)) return denial;
  const wouldDeny = admission.ground.kind === 'observed' ? admission.ground.wouldDeny : denial;
  return new PermitGrant(admission, { kind: 'observed', wouldDeny }, open, enforced);
}

/** Says what traffic to the dialled address must be looked at for, before a byte of it was seen. */
export function watchFor(permit: Permit, dialled: IpAddress): Watch {
  const { routes } = Grant.heldBy(permit);
  return watchOf(routes.find(({ address }) => address.text === dialled.text)?.rules ?? []);
}

/**
 * May what was seen so far go on to the other end? Facts that are `not_reached` count as holding until they are seen. The
 * proceeding says what is still to be looked at, and for which rules.
 */
export function proceed(permit: Permit, dialled: IpAddress, soFar: Observation, now: Date): Proceeding | Denial {
  const judged = judgeTraffic(permit, dialled, soFar, now, 'so_far');
  return 'kind' in judged ? judged : new ProceedingGrant(permit, judged);
}

/**
 * May this traffic pass? Asks again which rules hold for the one address that was dialled, and for what was seen of the
 * traffic (law 5); pins of what is `not_reached` are not visible. A rule that holds wholly outweighs one that observes. An
 * address that was not permitted is denied, in `observe` mode too.
 */
export function clear(permit: Permit, dialled: IpAddress, seen: Observation, now: Date): Clearance | Denial {
  const judged = judgeTraffic(permit, dialled, seen, now, 'whole');
  return 'kind' in judged ? judged : new ClearanceGrant(permit, judged, dialled, seen, now);
}

function judgeTraffic(
  permit: Permit,
  dialled: IpAddress,
  seen: Observation,
  now: Date,
  stage: Sight['stage'],
): Judged | Denial {
  const { revision, dropped, ground } = permit;
  const { asked, routes } = Grant.heldBy(permit);
  const route = routes.find(({ address }) => address.text === dialled.text);
  if (route === undefined) return denied(revision, 'address_not_allowed', NOTHING_NEAR, dropped);
  if (ground.kind === 'observed') return { ground, checks: [], wouldDeny: ground.wouldDeny, watched: [] };
  const sight = { host: asked.attempt.destination.host, at: now.getTime(), stage };
  const { rules, checks, near, reason, watched } = weigh(route.rules, seen, sight);
  const wouldDeny = near === 'none' || reason === 'none' ? 'none' : denied(revision, reason, near, dropped);
  if (isSome(rules)) return { ground: groundOn(rules), checks, wouldDeny, watched };
  if (wouldDeny === 'none') throw new Error('traffic is denied without a reason');
  if (stanceOn(asked) !== 'observes') return wouldDeny;
  return { ground: { kind: 'observed', wouldDeny }, checks, wouldDeny, watched };
}

/** Judges an attempt anew, by another policy set or at a later time, for the one address that was reached. */
export function stillPermitted(
  policy: PolicySet,
  { attempt }: Pick<Permit, 'attempt'>,
  address: IpAddress,
  now: Date,
  isOwnListener: IsOwnListener,
): Permit | Denial {
  const admission = admit(policy, attempt, now);
  return admission.kind === 'denied' ? admission : permit(admission, [address], isOwnListener);
}

/**
 * Judges an open attempt anew, by another policy set or at a later time, with the facts that its clearance holds: what was
 * `not_reached` stays unseen, and host certificates are judged by the time they were shown.
 */
export function stillCleared(
  policy: PolicySet,
  clearance: Clearance,
  now: Date,
  isOwnListener: IsOwnListener,
): Clearance | Denial {
  const { address, observation, seenAt } = clearance;
  const permitted = stillPermitted(policy, clearance, address, now, isOwnListener);
  return permitted.kind === 'denied' ? permitted : clear(permitted, address, observation, seenAt);
}

function groundOn(rules: Some<Rule>): Ground {
  return { kind: 'rules', rules: each(rules, ({ ref }) => ref) };
}

/** No address is left. The reason is the gravest of those that the addresses were dropped for. */
function leadsNowhere(admission: Admission, dropped: readonly DroppedAddress[]): Denial {
  const held = Grant.heldBy(admission);
  const { ground, revision } = admission;
  const has = (reason: DenialReason): boolean => dropped.some((one) => one.reason === reason);
  const reason = has('address_denied')
    ? 'address_denied'
    : has('own_listener')
      ? 'own_listener'
      : 'address_not_allowed';
  const near = ground.kind === 'observed' ? ground.wouldDeny : nearest(held.rules, () => reason);
  if (reason !== 'address_denied') return denied(revision, reason, near, dropped);
  const entries = dropped.map(({ address }) => denyingAddress(address, held));
  const rule = entries.find((one) => one !== 'none')?.ref ?? 'none';
  return denied(revision, reason, { ...near, rule }, dropped);
}

/** `map` for a list with something in it. Nearly always that is one thing. */
function each<T, U>(list: Some<T>, change: (one: T) => U): Some<U> {
  const first = change(list[0]);
  return list.length === 1 ? [first] : [first, ...list.slice(1).map(change)];
}

function isSome<T>(list: readonly T[]): list is Some<T> {
  return list.length > 0;
}
