import { ownersOf, specialPurpose } from '../address/index.js';
import type { IpAddress } from '../address/index.js';
import type { Attempt, Observation } from '../attempt/index.js';
import { carries, factsHeld, firstFailing, leadsTo, listsPort } from './rule.js';
import type { Asked, DenyEntry, Rule } from './rule.js';
import { ask, listing, PolicySet, stanceOn } from './tables.js';
import type { Tables } from './tables.js';
import type {
  Check,
  Denial,
  DenialReason,
  DroppedAddress,
  Ground,
  IsOwnListener,
  StandingRule,
  Watch,
} from './verdict.js';

/** A list with something in it. */
type Some<T> = readonly [T, ...T[]];

/** An address, and the rules that let the attempt lead there: none where `observe` mode alone does. */
interface Route {
  readonly address: IpAddress;
  readonly rules: readonly Rule[];
}

/** What a token carries from stage to stage: the tables it was judged by, what was asked, and what still stands. */
interface Held {
  readonly tables: Tables;
  readonly asked: Asked;
  readonly rules: readonly Rule[];
  readonly routes: readonly Route[];
}

/**
 * The common part of the three tokens. Only this file can make one: the classes stay here, and the private field makes
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

class ClearanceGrant extends Grant<'clearance'> {
  readonly address: IpAddress;
  readonly observation: Observation;
  /** Every fact of the traffic as the rule it passes by was asked for it. */
  readonly checks: readonly Check[] = [];
  /** What would deny it, had the rule (or every policy that speaks) not said to observe. */
  readonly wouldDeny: Denial | 'none' = 'none';

  constructor(from: Permit, ground: Ground, address: IpAddress, observation: Observation) {
    super('clearance', from.revision, ground, Grant.heldBy(from));
    this.address = address;
    this.observation = observation;
  }
}

class ProceedingGrant extends Grant<'proceeding'> {
  readonly watch: Watch;

  constructor(from: Permit, ground: Ground, watch: Watch) {
    super('proceeding', from.revision, ground, Grant.heldBy(from));
    this.watch = watch;
  }
}

/** How many of the rules that came near a denial tells. */
const MOST_NEAREST = 3;

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
  const rules = routes.find(({ address }) => address.text === dialled.text)?.rules ?? [];
  return { protocols: [...new Set(rules.map(({ terms }) => terms.protocol))], probes: false };
}

/** May what was seen so far go on to the other end? Facts that are `not_reached` count as holding until they are seen. */
export function proceed(permit: Permit, dialled: IpAddress, soFar: Observation): Proceeding | Denial {
  const cleared = clear(permit, dialled, soFar);
  return cleared.kind === 'denied' ? cleared : new ProceedingGrant(permit, cleared.ground, watchFor(permit, dialled));
}

/**
 * May this traffic pass? Asks again which rules hold for the one address that was dialled, and for what was seen of the
 * traffic (law 5). An address that was not permitted is denied, in `observe` mode too.
 */
export function clear(permit: Permit, dialled: IpAddress, seen: Observation): Clearance | Denial {
  const { revision, dropped, ground } = permit;
  const { asked, routes } = Grant.heldBy(permit);
  const route = routes.find(({ address }) => address.text === dialled.text);
  if (route === undefined) return denied(revision, 'address_not_allowed', NOTHING_NEAR, dropped);
  if (ground.kind === 'observed') return new ClearanceGrant(permit, ground, dialled, seen);
  const rules = route.rules.filter((rule) => carries(rule, seen));
  if (isSome(rules)) return new ClearanceGrant(permit, groundOn(rules), dialled, seen);
  const reason = 'traffic_not_allowed';
  const denial = denied(
    revision,
    reason,
    nearest(route.rules, () => reason),
    dropped,
  );
  if (stanceOn(asked) !== 'observes') return denial;
  return new ClearanceGrant(permit, { kind: 'observed', wouldDeny: denial }, dialled, seen);
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

/** Judges an open attempt anew, by another policy set or at a later time, with the facts that its clearance holds. */
export function stillCleared(
  policy: PolicySet,
  clearance: Clearance,
  now: Date,
  isOwnListener: IsOwnListener,
): Clearance | Denial {
  const { address, observation } = clearance;
  const permitted = stillPermitted(policy, clearance, address, now, isOwnListener);
  return permitted.kind === 'denied' ? permitted : clear(permitted, address, observation);
}

/** Tells the addresses that standing rules lead to from those that are dropped. */
function sortOut(
  addresses: readonly IpAddress[],
  held: Held,
  isOwnListener: IsOwnListener,
): { readonly routes: readonly Route[]; readonly dropped: readonly DroppedAddress[] } {
  const { asked } = held;
  const routes: Route[] = [];
  const dropped: DroppedAddress[] = [];
  for (const address of addresses) {
    const lists = listsOf(address, held);
    const rules = held.rules.filter((rule) => leadsTo(rule, asked, address, lists));
    if (isOwnListener(address, asked.attempt.destination.port)) dropped.push({ address, reason: 'own_listener' });
    else if (denyingAddress(address, lists, held) !== 'none') dropped.push({ address, reason: 'address_denied' });
    else if (rules.length > 0) routes.push({ address, rules });
    else if (specialPurpose(address).kind === 'global') dropped.push({ address, reason: 'address_not_allowed' });
    else dropped.push({ address, reason: 'special_purpose' });
  }
  return { routes, dropped };
}

/** The rules that lead to at least one of the addresses. */
function stillStanding(rules: readonly Rule[], routes: readonly Route[]): readonly Rule[] {
  if (routes.length < 2) return routes[0]?.rules ?? [];
  return rules.filter((rule) => routes.some((route) => route.rules.includes(rule)));
}

/** The lists of ranges that an address is in. */
function listsOf(address: IpAddress, { tables, asked }: Held): readonly number[] {
  const { host } = asked.attempt.destination;
  return host.kind === 'address' ? asked.hostLists : ownersOf(tables.ranges, address);
}

/** The `deny` entry that an address falls under, by file and line. `lists` are those the address is in. */
function denyingAddress(address: IpAddress, lists: readonly number[], { tables, asked }: Held): DenyEntry | 'none' {
  return firstDenying(listing(tables, { kind: 'address', address }, lists).denies, asked);
}

/** The first of the entries, by file and line, that is meant for this client and port. */
function firstDenying(entries: readonly DenyEntry[], asked: Asked): DenyEntry | 'none' {
  const { port } = asked.attempt.destination;
  for (const entry of entries) if (asked.speaking.includes(entry.scope) && listsPort(entry.ports, port)) return entry;
  return 'none';
}

function groundOn(rules: Some<Rule>): Ground {
  return { kind: 'rules', rules: each(rules, ({ ref }) => ref) };
}

/** What a denial tells of the rules that came near. */
type Near = Pick<Denial, 'rule' | 'nearest' | 'readsPaths'>;

const NOTHING_NEAR: Near = { rule: 'none', nearest: [], readsPaths: false };

function denied(
  revision: string,
  reason: DenialReason,
  { rule, nearest, readsPaths }: Near = NOTHING_NEAR,
  dropped: Denial['dropped'] = 'not_reached',
): Denial {
  return { kind: 'denied', reason, revision, rule, nearest, dropped, readsPaths, checks: [] };
}

/** None of the listed rules holds for every fact: the nearest gives the reason. */
function notAllowed(revision: string, listed: readonly Rule[], asked: Asked, nobodySpeaks: boolean): Denial {
  const near = nearest(nearestOf(listed, asked, MOST_NEAREST), (rule) => firstFailing(rule, asked));
  const otherwise = nobodySpeaks ? 'client_not_allowed' : 'destination_not_allowed';
  return denied(revision, near.nearest[0]?.failed ?? otherwise, near);
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
  const entries = dropped.map(({ address }) => denyingAddress(address, listsOf(address, held), held));
  const rule = entries.find((one) => one !== 'none')?.ref ?? 'none';
  return denied(revision, reason, { ...near, rule }, dropped);
}

/** What a denial tells of the first of these rules that a fact failed, and of which fact that was. */
function nearest(rules: readonly Rule[], failing: (rule: Rule) => DenialReason | 'none'): Near {
  const near: { readonly rule: StandingRule; readonly failed: DenialReason }[] = [];
  for (const rule of rules) {
    const failed = failing(rule);
    if (failed !== 'none') near.push({ rule: rule.ref, failed });
    if (near.length === MOST_NEAREST) break;
  }
  const [first] = near;
  if (first === undefined) return NOTHING_NEAR;
  return { rule: first.rule, nearest: near, readsPaths: first.rule.readsPaths };
}

/** The few rules for which most facts hold, nearest first; of equal ones, the first in the list, which is by file and line. */
export function nearestOf(rules: readonly Rule[], asked: Asked, most: number): readonly Rule[] {
  const near: { readonly rule: Rule; readonly held: number }[] = [];
  for (const rule of rules) {
    const held = factsHeld(rule, asked);
    const place = near.findLastIndex((one) => one.held >= held) + 1;
    if (place < most) near.splice(place, 0, { rule, held });
    if (near.length > most) near.pop();
  }
  return near.map(({ rule }) => rule);
}

/** `map` for a list with something in it. Nearly always that is one thing. */
function each<T, U>(list: Some<T>, change: (one: T) => U): Some<U> {
  const first = change(list[0]);
  return list.length === 1 ? [first] : [first, ...list.slice(1).map(change)];
}

function isSome<T>(list: readonly T[]): list is Some<T> {
  return list.length > 0;
}
