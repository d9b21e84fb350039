import { ownersOf, type IpAddress } from '../../address/index.js';
import type { AttemptFacts, DenyEntry, Rule, Tables } from '../set/index.js';
import { placeOf, type Place } from './place.js';
import { allowsAddress, listsPort } from './rule-checks.js';
import type { DroppedAddress, OwnMachine } from './verdict.js';

/** An address, and the rules that let the attempt lead there: none where `observe` mode alone does. */
export interface Route {
  readonly address: IpAddress;
  readonly rules: readonly Rule[];
}

/** What an attempt is judged by, and the rules that held until its host was looked up. */
export interface Admitted {
  readonly tables: Tables;
  readonly facts: AttemptFacts;
  readonly rules: readonly Rule[];
}

/** Why an address is dropped that no rule leads to, by where it leads. */
const DROPPED_AS = {
  public: 'address_not_allowed',
  private: 'special_purpose',
  special_purpose: 'special_purpose',
  cloud_metadata: 'cloud_metadata',
  own_address: 'own_address',
} as const satisfies Record<Place, DroppedAddress['reason']>;

/** Separates the addresses that standing rules lead to from those that are dropped. */
export function sortAddresses(
  addresses: readonly IpAddress[],
  admitted: Admitted,
  machine: OwnMachine,
): { readonly routes: readonly Route[]; readonly dropped: readonly DroppedAddress[] } {
  const { facts } = admitted;
  const routes: Route[] = [];
  const dropped: DroppedAddress[] = [];
  for (const address of addresses) {
    const lists = listsOf(address, admitted);
    const rules = admitted.rules.filter((rule) => allowsAddress(rule, facts, address, lists, machine));
    if (machine.isListener(address, facts.attempt.destination.port)) dropped.push({ address, reason: 'own_listener' });
    else if (addressDeny(address, admitted, lists) !== 'none') dropped.push({ address, reason: 'address_denied' });
    else if (rules.length > 0) routes.push({ address, rules });
    else dropped.push({ address, reason: DROPPED_AS[placeOf(address, machine)] });
  }
  return { routes, dropped };
}

/** The rules that lead to at least one of the addresses. */
export function standingRules(rules: readonly Rule[], routes: readonly Route[]): readonly Rule[] {
  if (routes.length < 2) return routes[0]?.rules ?? [];
  return rules.filter((rule) => routes.some((route) => route.rules.includes(rule)));
}

/** The `deny` entry that matches an address, by file and line. `lists` are those the address is in. */
export function addressDeny(
  address: IpAddress,
  admitted: Admitted,
  lists = listsOf(address, admitted),
): DenyEntry | 'none' {
  return firstDeny(admitted.tables.hosts.find({ kind: 'address', address }, lists).denies, admitted.facts);
}

/** The first of the entries, by file and line, that applies to this client and port. */
export function firstDeny(entries: readonly DenyEntry[], { attempt, scopes }: AttemptFacts): DenyEntry | 'none' {
  const { port } = attempt.destination;
  for (const entry of entries) if (scopes.includes(entry.scope) && listsPort(entry.ports, port)) return entry;
  return 'none';
}

/** The lists of ranges that an address is in. */
function listsOf(address: IpAddress, { tables, facts }: Admitted): readonly number[] {
  const { host } = facts.attempt.destination;
  return host.kind === 'address' ? facts.hostLists : ownersOf(tables.ranges, address);
}
