import { isUnder, type IpAddress } from '../../address/index.js';
import type { Attempt, Observation } from '../../attempt/index.js';
import type { AttemptFacts, HostSet, ListNumber, Rule, Terms } from '../set/index.js';
import { isPlainPath, type PortRange } from '../values/index.js';
import { placeOf } from './place.js';
import type { DenialReason, OwnMachine } from './verdict.js';

/** The facts that a rule must hold for before the host is looked up. */
export type Fact = 'client' | 'destination' | 'port' | 'protocol' | 'request' | 'expiry';

/** One fact that a rule must hold for before the host is looked up: the check, and the reason for which its failure denies. */
interface RuleCheck {
  readonly fact: Fact;
  readonly holds: (rule: Rule, facts: AttemptFacts) => boolean;
  readonly reason: DenialReason;
}

/**
 * The checks of every rule, in the order in which they are made and reported. Rules are checked only if they list the host,
 * so that of the destination only `except` is left to check.
 */
export const ruleChecks: readonly RuleCheck[] = [
  check('client', 'client_not_allowed', ({ terms }, { scopes }) => scopes.includes(terms.scope)),
  check('destination', 'destination_not_allowed', ({ except }, facts) => except === 'none' || !covers(except, facts)),
  check('port', 'port_not_allowed', ({ terms }, { attempt }) => listsPort(terms.ports, attempt.destination.port)),
  check('protocol', 'protocol_not_allowed', ({ terms }, { attempt }) => allowsIntent(terms, attempt)),
  check('request', 'request_not_allowed', ({ terms }, { attempt: { intent } }) =>
    allowsRequest(terms, intent.kind === 'forward' ? intent : 'hidden'),
  ),
  check('expiry', 'rule_expired', ({ terms }, { at }) => at < terms.expiresAt),
];

function check(fact: Fact, reason: DenialReason, holds: RuleCheck['holds']): RuleCheck {
  return { fact, reason, holds };
}

/** The first of these facts that fails a rule, as a reason; `'none'`: the rule holds for all of them (law 5). */
export function firstFailing(rule: Rule, facts: AttemptFacts): DenialReason | 'none' {
  for (const { holds, reason } of ruleChecks) if (!holds(rule, facts)) return reason;
  return 'none';
}

/** Whether the rule holds for all of them but the client. */
export function holdsButForClient(rule: Rule, facts: AttemptFacts): boolean {
  return ruleChecks.every(({ fact, holds }) => fact === 'client' || holds(rule, facts));
}

/** For how many of these facts the rule holds: the more, the nearer it came. */
export function factsHeld(rule: Rule, facts: AttemptFacts): number {
  let count = 0;
  for (const { holds } of ruleChecks) if (holds(rule, facts)) count++;
  return count;
}

/** Whether the set covers the requested host. A range never covers a name, nor a name an address (rule A6). */
export function covers({ names, suffixes, ranges }: HostSet, { attempt, hostLists }: AttemptFacts): boolean {
  const { host } = attempt.destination;
  if (host.kind === 'address') return isIn(ranges, hostLists);
  return names.includes(host.name) || suffixes.some((suffix) => isUnder(host.name, suffix));
}

/** Whether one of the port ranges, if any are named, holds the port (rule A13). */
export function listsPort(ports: readonly PortRange[] | 'every', port: number): boolean {
  if (ports === 'every') return true;
  for (const { first, last } of ports) if (first <= port && port <= last) return true;
  return false;
}

function allowsIntent({ protocol }: Terms, { intent }: Attempt): boolean {
  return protocol === 'any' || (protocol === 'http') === (intent.kind === 'forward');
}

/** Whether the rule allows the request's method and path. A rule with either does not hold for a tunnel, which hides them. */
function allowsRequest(
  { methods, paths }: Terms,
  request: { readonly method: string; readonly path: string } | 'hidden',
): boolean {
  if (request === 'hidden') return methods === 'every' && paths === 'every';
  if (methods !== 'every' && !methods.includes(request.method)) return false;
  return paths === 'every' || listsPath(paths, request.path);
}

function listsPath(paths: readonly string[], path: string): boolean {
  if (!isPlainPath(path)) return false;
  return paths.some((one) => (one.endsWith('*') ? path.startsWith(one.slice(0, -1)) : path === one));
}

/**
 * Whether the rule lets the requested host lead to an address (rule A7). `lists` are those the address is in. A name may
 * lead to the rule's `resolves-to` only, where it has one; else to what is on the public internet or among the rule's own
 * addresses.
 */
export function allowsAddress(
  { to, except, resolvesTo }: Rule,
  { attempt }: AttemptFacts,
  address: IpAddress,
  lists: readonly number[],
  machine: OwnMachine,
): boolean {
  if (except !== 'none' && isIn(except.ranges, lists)) return false;
  if (attempt.destination.host.kind === 'address') return isIn(to.ranges, lists);
  if (resolvesTo !== 'none') return isIn(resolvesTo, lists);
  return isIn(to.ranges, lists) || placeOf(address, machine) === 'public';
}

/** Whether the traffic is of the rule's protocol (rules T1, T4). Traffic that was not inspected is of none. */
export function allowsProtocol({ terms }: Rule, seen: Observation): boolean {
  const { protocol } = terms;
  switch (seen.protocol) {
    case 'http':
      return (protocol === 'http' || protocol === 'any') && allowsRequest(terms, seen);
    case 'tls':
      // Of a Tentacle's handshake both halves are read; of other TLS the hello alone, so that nothing there can be broken.
      if (seen.server.kind === 'broken' || seen.client.kind === 'broken') return protocol === 'any';
      return protocol === 'tls' || protocol === 'tentacle' || protocol === 'any';
    case 'ssh':
      return protocol === 'ssh' || protocol === 'any';
    default:
      // INVARIANT: traffic that is not known passes only a rule that relays anything.
      return protocol === 'any';
  }
}

function isIn(list: ListNumber, lists: readonly number[]): boolean {
  return list !== 'none' && lists.includes(list);
}
