import { cloudMetadata, formatHost, ownersOf, specialPurpose, type IpAddress } from '../../address/index.js';
import type { Observation } from '../../attempt/index.js';
import {
  allowsAddress,
  allowsProtocol,
  covers,
  placeOf,
  ruleChecks,
  type Fact,
  type KnownFacts,
  type OwnMachine,
  type Place,
} from '../judge/index.js';
import type { RuleRef, TrafficRequirements } from '../language/index.js';
import type { AttemptFacts, HostSet, ListNumber, Rule, Tables } from '../set/index.js';
import { checkTraffic, type Check, type Finding } from '../traffic/index.js';
import { isPlainPath, type PortRange } from '../values/index.js';

/** One fact of a rule: whether it holds, and why, in words. */
export interface ExplainedFact {
  readonly fact: Fact | 'address' | 'traffic' | Check['fact'];
  readonly held: boolean;
  readonly words: string;
}

/** A rule with every fact it was checked for, in order, and the first that failed it. */
export interface ExplainedRule {
  readonly rule: RuleRef;
  readonly facts: readonly ExplainedFact[];
  readonly failed: ExplainedFact | 'none';
}

/** One attempt that is being explained, and what is known about it. */
export interface ExplainedAttempt extends KnownFacts {
  readonly tables: Tables;
  readonly facts: AttemptFacts;
  /** The rules that list the host. */
  readonly listed: ReadonlySet<Rule>;
  readonly machine: OwnMachine;
}

/** Explains why a rule holds or does not. */
export function explainRule(rule: Rule, explained: ExplainedAttempt): ExplainedRule {
  const { facts, addresses, listed, seen } = explained;
  const checked = ruleChecks.map(({ fact, holds }): ExplainedFact => {
    const held = holds(rule, facts) && (fact !== 'destination' || listed.has(rule));
    return { fact, held, words: words[fact](rule, held, explained) };
  });
  if (addresses !== 'not_resolved') checked.push(explainAddress(rule, addresses, explained));
  if (seen !== 'not_given') checked.push(...explainTraffic(rule, seen, facts));
  const { policy, id, file, line } = rule.ref;
  return { rule: { policy, id, file, line }, facts: checked, failed: checked.find(({ held }) => !held) ?? 'none' };
}

/** The reasons in words. */
const words = {
  client: clientWords,
  destination: destinationWords,
  port: ({ terms }, held, { facts }) =>
    among(`port ${facts.attempt.destination.port}`, held, terms.ports.map(portText)),
  protocol: ({ terms }, held, { facts }) => {
    const what = facts.attempt.intent.kind === 'tunnel' ? 'a tunnel' : 'a plain request';
    return `protocol ${terms.protocol} ${held ? 'allows' : 'does not allow'} ${what}`;
  },
  request: requestWords,
  expiry: ({ terms: { expires } }, held) => {
    if (expires === 'never') return 'never expires';
    return held ? `allows until ${expires}` : `expired on ${expires}`;
  },
} satisfies Record<Fact, (rule: Rule, held: boolean, explained: ExplainedAttempt) => string>;

function clientWords({ terms: { scope } }: Rule, held: boolean, { tables, facts }: ExplainedAttempt): string {
  const { ip, identity } = facts.attempt.client;
  const parts: string[] = [];
  const isAnonymous = identity.kind === 'network';
  const client = isAnonymous ? 'a client without user' : `user '${identity.user}'`;
  if (scope.users === 'anonymous') {
    const who = held ? '' : `${client}, and `;
    if (isAnonymous === held) parts.push(`${who}the policy is for clients without user`);
  } else if (scope.users !== 'every') {
    const isUser = !isAnonymous && scope.users.has(identity.user);
    if (isUser === held) parts.push(among(client, isUser, [...scope.users]));
  }
  if (scope.networks !== 'every') {
    const isInside = facts.clientLists.includes(scope.networks);
    if (isInside === held) parts.push(among(ip.text, isInside, rangesIn(scope.networks, tables)));
  }
  return parts.length === 0 ? 'applies to every client' : parts.join(' and ');
}

function destinationWords(
  { to, except, resolvesTo }: Rule,
  held: boolean,
  { tables, facts }: ExplainedAttempt,
): string {
  const { host: asked } = facts.attempt.destination;
  const host = formatHost(asked);
  if (!held && except !== 'none' && covers(to, facts))
    return `${host} is excluded by "except": ${firstOf(hostsIn(except, tables))}`;
  const isOfName = asked.kind === 'address' && resolvesTo !== 'none' && facts.hostLists.includes(resolvesTo);
  const hint = isOfName
    ? `, but in its "resolves-to": the client may have sent what ${firstOf(hostsIn({ ...to, ranges: 'none' }, tables))} leads to`
    : '';
  return `${among(host, held, hostsIn(to, tables))}${held ? '' : hint}`;
}

function requestWords({ terms: { methods, paths } }: Rule, held: boolean, { facts }: ExplainedAttempt): string {
  const { intent } = facts.attempt;
  if (methods === 'every' && paths === 'every') return 'every request is allowed';
  if (intent.kind === 'tunnel') return 'the rule checks requests, which a tunnel hides';
  const takesMethod = methods === 'every' || methods.includes(intent.method);
  const parts: string[] = [];
  if (methods !== 'every' && takesMethod === held) parts.push(among(`method ${intent.method}`, held, methods));
  if (paths !== 'every' && (held || takesMethod)) {
    const path = `path ${intent.path}`;
    parts.push(isPlainPath(intent.path) ? among(path, held, paths) : `${path} can be read in more than one way`);
  }
  return parts.join(' and ');
}

/** Explains whether the rule lets the host lead to one of its addresses. */
function explainAddress(rule: Rule, addresses: readonly IpAddress[], explained: ExplainedAttempt): ExplainedFact {
  const { facts, tables, machine } = explained;
  const allowed = addresses.find((address) =>
    allowsAddress(rule, facts, address, ownersOf(tables.ranges, address), machine),
  );
  const held = allowed !== undefined;
  return { fact: 'address', held, words: addressWords(rule, allowed ?? addresses[0], held, explained) };
}

function addressWords(
  rule: Rule,
  address: IpAddress | undefined,
  held: boolean,
  { tables, machine }: ExplainedAttempt,
): string {
  if (address === undefined) return 'resolves to nothing';
  const { resolvesTo, except } = rule;
  if (resolvesTo !== 'none') return `resolves ${held ? 'within' : 'outside'} ${firstOf(rangesIn(resolvesTo, tables))}`;
  const place = placeOf(address, machine);
  const excluded = except === 'none' ? [] : rangesIn(except.ranges, tables);
  if (place === 'public')
    return held
      ? `${address.text} is globally reachable`
      : `${address.text} is excluded by "except": ${firstOf(excluded)}`;
  const what = `${address.text} is ${placeWords(address, place)}`;
  return held ? `${what}, and listed` : `${what}, and not in "resolves-to" of the rule`;
}

function placeWords(address: IpAddress, place: Exclude<Place, 'public'>): string {
  const service = cloudMetadata(address);
  if (service !== 'none') return `an address of cloud metadata (${service.name})`;
  if (place === 'own_address') return 'an address of the machine that tidegate runs on';
  const purpose = specialPurpose(address);
  return purpose.kind === 'global' ? 'globally reachable' : `special (${purpose.name}, ${purpose.rfc})`;
}

/** Explains whether the rule allows the traffic of a tunnel: its protocol, then what is pinned. */
function explainTraffic(rule: Rule, seen: Observation, { attempt, at }: AttemptFacts): readonly ExplainedFact[] {
  const { protocol } = rule.terms;
  const held = allowsProtocol(rule, seen);
  const words = `protocol ${protocol} ${held ? 'allows' : 'does not allow'} ${seen.protocol.toUpperCase()}`;
  const traffic: ExplainedFact = { fact: 'traffic', held, words };
  if (!held) return [traffic];
  const context = { host: attempt.destination.host, at, stage: 'whole' } as const;
  const findings = checkTraffic(protocol, rule.traffic, seen, context);
  return [traffic, ...findings.map((finding) => explainFinding(finding, rule.traffic))];
}

function explainFinding({ check, failed }: Finding, { unverifiable, observes }: TrafficRequirements): ExplainedFact {
  const cannotProbe = unverifiable === 'probe' && check.fact === 'client_thumbprint';
  const why = cannotProbe ? 'a client cannot be probed' : `unverifiable is ${unverifiable}`;
  const because = check.outcome === 'not_visible' ? `, and ${why}` : '';
  const only = failed !== 'none' && check.fact !== 'server_name' && observes ? '; the rule observes its pins' : '';
  return { fact: check.fact, held: failed === 'none', words: `${checkWords(check)}${because}${only}` };
}

function checkWords({ fact, expected, seen, outcome, detail }: Check): string {
  const subject = fact.replaceAll('_', ' ');
  switch (outcome) {
    case 'verified':
    case 'probed':
      return among(`${subject} ${seen}`, true, expected);
    case 'mismatch':
      if (seen === 'none') return `${detail}; expected one of ${firstOf(expected)}`;
      return among(`${subject} ${seen}`, false, expected);
    case 'not_visible':
      return `${subject} is not visible (${detail})`;
    case 'not_checked':
      return fact === 'server_name' ? detail : `every ${subject} is allowed`;
  }
}

/** How many entries of a long list are shown. */
const MOST = 5;

/** `x is among a, b`, or that it is not. */
function among(what: string, held: boolean, list: readonly string[]): string {
  return `${what} is ${held ? '' : 'not '}among ${firstOf(list)}`;
}

function firstOf(list: readonly string[]): string {
  const more = list.length - MOST;
  return more > 0 ? `${list.slice(0, MOST).join(', ')} and ${more} more` : list.join(', ');
}

function portText({ first, last }: PortRange): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

function hostsIn({ names, suffixes, ranges }: HostSet, tables: Tables): readonly string[] {
  return [...names, ...suffixes.map((suffix) => `*.${suffix}`), ...rangesIn(ranges, tables)];
}

function rangesIn(list: ListNumber, tables: Tables): readonly string[] {
  return list === 'none' ? [] : (tables.lists[list] ?? '').split(', ');
}
