import { rangeOf } from '../../address/index.js';
import { stanceOn, type AttemptFacts, type Rule, type Scope, type Tables } from '../set/index.js';
import type { Check } from '../traffic/index.js';
import { tunnelledTo } from '../values/index.js';
import { factsHeld, firstFailing } from './rule-checks.js';
import type { Denial, DenialReason } from './verdict.js';

/** The part of a denial about the rules that came near, and the scope of the first, or of the `deny` entry. */
export type Near = Pick<Denial, 'rule' | 'nearest' | 'readsPaths'> & {
  readonly checks?: readonly Check[];
  readonly scope?: Scope;
};

/** No rule lists the destination. */
export const NOTHING_NEAR: Near = { rule: 'none', nearest: [], readsPaths: false };

/** How many of the rules that came near a denial holds. */
const MOST_NEAREST = 3;

/** Makes a denial. */
export function denied(
  revision: string,
  reason: DenialReason,
  facts: Pick<AttemptFacts, 'scopes'>,
  near: Near = NOTHING_NEAR,
  dropped: Denial['dropped'] = 'not_reached',
): Denial {
  const { rule, nearest, readsPaths, checks = [] } = near;
  const contact = contactFor(facts, near.scope);
  return { kind: 'denied', reason, revision, rule, nearest, dropped, readsPaths, contact, checks };
}

/** The contact of the policy that denies, if it is for this client at all; else that of the policy that names the client most narrowly. */
function contactFor({ scopes }: Pick<AttemptFacts, 'scopes'>, denying: Scope | undefined): string | 'none' {
  const own = denying !== undefined && scopes.includes(denying) ? denying.contact : 'none';
  if (own !== 'none') return own;
  const named = scopes.filter(({ contact }) => contact !== 'none');
  const [narrowest] = named.toSorted((a, b) => narrownessOf(b) - narrownessOf(a));
  return narrowest?.contact ?? 'none';
}

function narrownessOf({ users, networks }: Scope): number {
  return (users === 'every' ? 0 : 2) + (networks === 'every' ? 0 : 1);
}

/**
 * The denial where none of the listed rules holds for every fact: the nearest gives the reason. Where no rule lists an address,
 * the nearest are those that would hold for a name that leads to it: some clients look names up by themselves.
 */
export function notAllowed(revision: string, listed: readonly Rule[], tables: Tables, facts: AttemptFacts): Denial {
  const leading = listed.length > 0 ? [] : tables.hosts.leadingTo(facts.hostLists);
  const byName = leading.filter((rule) => firstFailing(rule, facts) === 'none');
  const near =
    byName.length > 0
      ? nearest(byName, () => 'destination_not_allowed')
      : nearest(nearestOf(listed, tables, facts), (rule) => firstFailing(rule, facts));
  const otherwise = stanceOn(facts) === 'no_policy_applies' ? 'client_not_allowed' : 'destination_not_allowed';
  return denied(revision, near.nearest[0]?.failed ?? otherwise, facts, near);
}

/** The first few of these rules that a fact failed, each with the reason. */
export function nearest(rules: readonly Rule[], failing: (rule: Rule) => DenialReason | 'none'): Near {
  const near: { readonly rule: Rule; readonly failed: DenialReason }[] = [];
  for (const rule of rules) {
    const failed = failing(rule);
    if (failed !== 'none') near.push({ rule, failed });
    if (near.length === MOST_NEAREST) break;
  }
  const [first] = near;
  if (first === undefined) return NOTHING_NEAR;
  const { ref, terms } = first.rule;
  const refs = near.map(({ rule, failed }) => ({ rule: rule.ref, failed }));
  return { rule: ref, nearest: refs, readsPaths: ref.readsPaths, scope: terms.scope };
}

/**
 * The few nearest of these rules, nearest first: those whose protocol is that of the port, then those that name the host
 * itself, then those for which most facts hold; of equal ones, the first in the list, which is by file and line.
 */
export function nearestOf(
  rules: readonly Rule[],
  tables: Pick<Tables, 'hosts' | 'lists'>,
  facts: AttemptFacts,
  most = MOST_NEAREST,
): readonly Rule[] {
  const { host } = facts.attempt.destination;
  const naming = host.kind === 'name' ? new Set(tables.hosts.naming(host.name)) : 'an_address';
  const near: { readonly rule: Rule; readonly nearness: number }[] = [];
  for (const rule of rules) {
    const isNamed = naming === 'an_address' ? isListed(rule, tables, facts) : naming.has(rule);
    const nearness = (isOfProtocol(rule, facts) ? 100 : 0) + (isNamed ? 10 : 0) + factsHeld(rule, facts);
    const index = near.findLastIndex((one) => one.nearness >= nearness) + 1;
    if (index < most) near.splice(index, 0, { rule, nearness });
    if (near.length > most) near.pop();
  }
  return near.map(({ rule }) => rule);
}

/** Whether the rule could allow what the port is for: one for TLS is not made to allow SSH by one more port. */
function isOfProtocol({ terms: { protocol } }: Rule, { attempt: { intent, destination } }: AttemptFacts): boolean {
  if (protocol === 'any' || intent.kind === 'forward') return protocol === 'any' || protocol === 'http';
  const tunnelled = tunnelledTo(destination.port);
  return protocol === tunnelled || (tunnelled === 'not_known' && protocol !== 'http');
}

/** Whether the rule lists the address by itself, not only a range that it is in. */
function isListed({ to: { ranges } }: Rule, { lists }: Pick<Tables, 'lists'>, { attempt }: AttemptFacts): boolean {
  const { host } = attempt.destination;
  if (ranges === 'none' || host.kind === 'name') return false;
  return `, ${lists[ranges] ?? ''},`.includes(`, ${rangeOf(host.address).text},`);
}
