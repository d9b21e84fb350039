import { isUnder, specialPurpose, type IpAddress } from '../../address/index.js';
import type { Attempt, Observation } from '../../attempt/index.js';
import type { Asked, Cover, ListNumber, Rule, Terms } from '../set/index.js';
import { isPlainPath, type PortRange } from '../values/index.js';
import type { DenialReason } from './verdict.js';

/** The facts a rule must hold for before anything is looked up, in the order in which they are asked and told. */
export type Fact = 'client' | 'destination' | 'port' | 'protocol' | 'request' | 'expiry';

/**
 * One question a fact. `destination` is asked only of rules that list the host, which is what the tables find rules by;
 * it is left to see whether `except` takes the host out again.
 */
const questions = {
  client: (rule, asked) => asked.speaking.includes(rule.terms.scope),
  destination: (rule, asked) => !rule.excepts || !covers(rule.says.except, asked),
  port: (rule, asked) => listsPort(rule.terms.ports, asked.attempt.destination.port),
  protocol: (rule, asked) => takesIntent(rule.terms, asked.attempt),
  request: (rule, { attempt: { intent } }) => takesRequest(rule.terms, intent.kind === 'forward' ? intent : 'hidden'),
  expiry: (rule, asked) => asked.at < rule.terms.expiresAt,
} satisfies Record<Fact, (rule: Rule, asked: Asked) => boolean>;

/** Why an attempt is denied for which the nearest rule does not hold for a fact. */
const reasons = {
  client: 'client_not_allowed',
  destination: 'destination_not_allowed',
  port: 'port_not_allowed',
  protocol: 'protocol_not_allowed',
  request: 'request_not_allowed',
  expiry: 'rule_expired',
} as const satisfies Record<Fact, DenialReason>;

/** The facts, in the order in which they are asked and told, with their questions and reasons. */
export const inquiry = (['client', 'destination', 'port', 'protocol', 'request', 'expiry'] as const).map((fact) => ({
  fact,
  holds: questions[fact],
  reason: reasons[fact],
}));

/**
 * Asks a rule that lists the host for every fact that is known before the host is looked up (law 5). `'none'`: it holds
 * for all of them; else why not, by the first that fails it.
 */
export function firstFailing(rule: Rule, asked: Asked): DenialReason | 'none' {
  for (const { holds, reason } of inquiry) if (!holds(rule, asked)) return reason;
  return 'none';
}

/** For how many of these facts the rule holds: the more, the nearer it came. */
export function factsHeld(rule: Rule, asked: Asked): number {
  let count = 0;
  for (const { holds } of inquiry) if (holds(rule, asked)) count++;
  return count;
}

/** Whether the patterns cover the asked host. A name is never covered by a range, nor an address by a name (rule A6). */
export function covers({ names, suffixes, ranges }: Cover, { attempt, hostLists }: Asked): boolean {
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

function takesIntent({ protocol }: Terms, { intent }: Attempt): boolean {
  return protocol === 'any' || (protocol === 'http') === (intent.kind === 'forward');
}

interface Request {
  readonly method: string;
  readonly path: string;
}

/**
 * Whether the rule takes the request's method and path. A tunnel hides its requests, so a rule that looks at them does
 * not hold for one.
 */
function takesRequest({ methods, paths }: Terms, request: Request | 'hidden'): boolean {
  if (request === 'hidden') return methods === 'every' && paths === 'every';
  return (
    (methods === 'every' || methods.includes(request.method)) && (paths === 'every' || listsPath(paths, request.path))
  );
}

function listsPath(paths: readonly string[], path: string): boolean {
  if (!isPlainPath(path)) return false;
  return paths.some((one) => (one.endsWith('*') ? path.startsWith(one.slice(0, -1)) : path === one));
}

/**
 * Whether the rule lets the asked host lead to an address (rule A7). `lists` are those the address is in. A name leads to
 * the rule's `resolves-to` only, where it has one; else to what is globally reachable or among the rule's own addresses.
 */
export function leadsTo(rule: Rule, { attempt }: Asked, address: IpAddress, lists: readonly number[]): boolean {
  if (rule.excepts && isIn(rule.says.except.ranges, lists)) return false;
  if (attempt.destination.host.kind === 'address') return isIn(rule.addresses, lists);
  if (rule.resolvesTo !== 'none') return isIn(rule.resolvesTo, lists);
  return isIn(rule.addresses, lists) || specialPurpose(address).kind === 'global';
}

/** Whether the traffic is of the rule's protocol (rules T1, T4). What nobody looked at is of none. */
export function carries({ terms }: Rule, seen: Observation): boolean {
  switch (seen.protocol) {
    case 'http':
      return ['http', 'any'].includes(terms.protocol) && takesRequest(terms, seen);
    case 'tls':
      // Of a Tentacle's handshake both halves are read; of other TLS the hello alone, so that nothing there can be broken.
      if (seen.server.kind === 'broken' || seen.client.kind === 'broken') return terms.protocol === 'any';
      return ['tls', 'tentacle', 'any'].includes(terms.protocol);
    case 'ssh':
      return ['ssh', 'any'].includes(terms.protocol);
    default:
      // INVARIANT: traffic that is not known passes only a rule that relays anything.
      return terms.protocol === 'any';
  }
}

function isIn(list: ListNumber, lists: readonly number[]): boolean {
  return list !== 'none' && lists.includes(list);
}
