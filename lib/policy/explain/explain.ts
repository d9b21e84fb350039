import { formatHost, ownersOf, specialPurpose } from '../../address/index.js';
import type { Host, IpAddress } from '../../address/index.js';
import type { Attempt, Observation } from '../../attempt/index.js';
import { admit, carries, clear, covers, inquiry, leadsTo, nearestOf, permit } from '../judge/index.js';
import type { Admission, Clearance, Denial, Fact, IsOwnListener, Permit } from '../judge/index.js';
import type { RuleRef } from '../language/index.js';
import { ask, listing, PolicySet } from '../set/index.js';
import type { Asked, Cover, ListNumber, Rule, Tables } from '../set/index.js';
import { findingsOn } from '../traffic/index.js';
import type { Check } from '../traffic/index.js';
import { isPlainPath } from '../values/index.js';
import type { PortRange } from '../values/index.js';

/**
 * One fact of a rule: whether it holds, and why, in words. `address` is told only where the addresses are known, and what
 * comes after it only where it was told what would go through.
 */
export interface ExplainedFact {
  readonly fact: Fact | 'address' | 'traffic' | Check['fact'];
  readonly held: boolean;
  readonly words: string;
}

/** A rule with every fact it was asked for, in the order of asking, and the first that failed it. */
export interface ExplainedRule {
  readonly rule: RuleRef;
  readonly facts: readonly ExplainedFact[];
  readonly failed: ExplainedFact | 'none';
}

/** A deny entry that matched, and the reason that the policy file gives for it. */
interface MatchedDeny {
  readonly rule: RuleRef;
  readonly reason: string;
}

/** What the judge answers to an attempt, and why. */
export interface Explanation {
  /** An `Admission` where the answers of DNS were not given: it may be looked up, and more is not known. */
  readonly verdict: Admission | Permit | Clearance | Denial;
  /** The rules that it passes by: they hold for every fact, or only observe the pins that fail. */
  readonly passedBy: readonly ExplainedRule[];
  /** For a denial, also one that `observe` lets pass: the rules that came nearest, nearest first, at most five. */
  readonly nearest: readonly ExplainedRule[];
  readonly deniedBy: MatchedDeny | 'none';
}

/** How many near rules are told, and how many entries of a long list. */
const MOST = 5;

/**
 * Explains what the judge (the same one) answers. Without `answers` a name is judged as far as its look-up. The nearest
 * are taken from all rules: those that list the host, by how many facts hold; then the others, by how many facts hold,
 * then by how much of the name's end they share with it.
 */
export function explain(
  policy: PolicySet,
  attempt: Attempt,
  now: Date,
  answers: readonly IpAddress[] | 'not_resolved' = 'not_resolved',
  isOwnListener: IsOwnListener = () => false,
  seen: Observation | 'not_told' = 'not_told',
): Explanation {
  const tables = PolicySet.tables(policy);
  const { host } = attempt.destination;
  const addresses = host.kind === 'address' ? [host.address] : answers;
  const admission = admit(policy, attempt, now);
  const goesOn = admission.kind === 'admission' && addresses !== 'not_resolved';
  const permitted = goesOn ? permit(admission, addresses, isOwnListener) : admission;
  const passesSoFar = permitted.kind === 'permit' && seen !== 'not_told';
  const verdict = passesSoFar ? clear(permitted, permitted.addresses[0], seen, now) : permitted;
  const asked = ask(tables, attempt, now);
  const listed = new Set(listing(tables, host, asked.hostLists).rules);
  const known = { tables, asked, addresses, listed, seen };
  const denial = denialIn(verdict);
  const standing = standingIn(verdict, tables);
  const near = denial === 'none' || standing.length > 0 ? [] : nearest(known, denial);
  return {
    verdict,
    passedBy: standing.map((rule) => tell(rule, known)),
    nearest: near.map((rule) => tell(rule, known)),
    deniedBy: matchedBy(denial, tables),
  };
}

/** The denial that is in force or that only `observe` keeps from being so. */
function denialIn(verdict: Explanation['verdict']): Denial | 'none' {
  if (verdict.kind === 'denied') return verdict;
  if (verdict.kind === 'clearance') return verdict.wouldDeny;
  return verdict.ground.kind === 'observed' ? verdict.ground.wouldDeny : 'none';
}

function standingIn(verdict: Explanation['verdict'], { rules }: Tables): readonly Rule[] {
  if (verdict.kind === 'denied' || verdict.ground.kind === 'observed') return [];
  const standing = new Set<RuleRef>(verdict.ground.rules);
  return rules.filter(({ ref }) => standing.has(ref));
}

function matchedBy(denial: Denial | 'none', { denies }: Tables): MatchedDeny | 'none' {
  const entry = denial === 'none' ? undefined : denies.find(({ ref }) => ref === denial.rule);
  return entry === undefined ? 'none' : { rule: entry.ref, reason: entry.reason };
}

/** One attempt that is being explained, and what is known about it. */
interface Case {
  readonly tables: Tables;
  readonly asked: Asked;
  readonly addresses: readonly IpAddress[] | 'not_resolved';
  /** The rules that list the host. */
  readonly listed: ReadonlySet<Rule>;
  readonly seen: Observation | 'not_told';
}

/** The rules that the denial names, which are the nearest of those that list the host, and as many more as are told. */
function nearest({ tables, asked, listed }: Case, denial: Denial): readonly Rule[] {
  const others = tables.rules.filter((rule) => !listed.has(rule));
  const shared = new Map(others.map((rule) => [rule, labelsShared(asked.attempt.destination.host, rule.says.to)]));
  others.sort((a, b) => (shared.get(b) ?? 0) - (shared.get(a) ?? 0));
  const named = denial.nearest.flatMap(({ rule }) => tables.rules.filter(({ ref }) => ref === rule));
  const more = [...nearestOf([...listed], asked, MOST), ...nearestOf(others, asked, MOST)];
  return [...new Set([...named, ...more])].slice(0, MOST);
}

/** How many labels, from the right, the name has in common with the most similar one that is covered. */
function labelsShared(host: Host, { names, suffixes }: Cover): number {
  if (host.kind === 'address') return 0;
  const asked = host.name.split('.').reverse();
  const counts = [...names, ...suffixes].map((one) => {
    const labels = one.split('.').reverse();
    const different = asked.findIndex((label, index) => label !== labels[index]);
    return different === -1 ? asked.length : different;
  });
  return Math.max(0, ...counts);
}

function tell(rule: Rule, known: Case): ExplainedRule {
  const { asked, addresses, listed, seen } = known;
  const facts = inquiry.map(({ fact, holds }): ExplainedFact => {
    const held = holds(rule, asked) && (fact !== 'destination' || listed.has(rule));
    return { fact, held, words: words[fact](rule, held, known) };
  });
  if (addresses !== 'not_resolved') facts.push(tellAddress(rule, addresses, known));
  if (seen !== 'not_told') facts.push(...tellTraffic(rule, seen, asked));
  const { policy, id, file, line } = rule.ref;
  return { rule: { policy, id, file, line }, facts, failed: facts.find(({ held }) => !held) ?? 'none' };
}

/** What is said of each fact. Whether it holds is settled before: the words only give the reason. */
const words = {
  client: clientWords,
  destination: destinationWords,
  port: (rule, held, { asked }) => among(`port ${asked.attempt.destination.port}`, held, rule.says.ports.map(portText)),
  protocol: ({ says: { protocol } }, held, { asked }) => {
    const asking = asked.attempt.intent.kind === 'tunnel' ? 'a tunnel' : 'a plain request';
    return `protocol ${protocol} ${held ? 'takes' : 'does not take'} ${asking}`;
  },
  request: requestWords,
  expiry: ({ says: { expires } }, held) => {
    if (expires === 'never') return 'never expires';
    return held ? `allows until ${expires}` : `expired on ${expires}`;
  },
} satisfies Record<Fact, (rule: Rule, held: boolean, known: Case) => string>;

function clientWords({ terms: { scope } }: Rule, held: boolean, { tables, asked }: Case): string {
  const { ip, identity } = asked.attempt.client;
  const parts: string[] = [];
  if (scope.users !== 'every') {
    const isUser = identity.kind === 'basic' && scope.users.has(identity.user);
    const who = identity.kind === 'basic' ? `user '${identity.user}'` : 'a client that gave no user';
    if (isUser === held) parts.push(among(who, isUser, [...scope.users]));
  }
  if (scope.networks !== 'every') {
    const isInside = asked.clientLists.includes(scope.networks);
    if (isInside === held) parts.push(among(ip.text, isInside, rangesIn(scope.networks, tables)));
  }
  return parts.length === 0 ? 'speaks for every client' : parts.join(' and ');
}

function destinationWords({ says }: Rule, held: boolean, { tables, asked }: Case): string {
  const host = formatHost(asked.attempt.destination.host);
  if (!held && covers(says.to, asked))
    return `${host} is taken out by except: ${some(patternsIn(says.except, tables))}`;
  return among(host, held, patternsIn(says.to, tables));
}

function requestWords({ says: { methods, paths } }: Rule, held: boolean, { asked }: Case): string {
  const { intent } = asked.attempt;
  if (methods === 'every' && paths === 'every') return 'every request is taken';
  if (intent.kind === 'tunnel') return 'a tunnel hides its requests, and the rule looks at them';
  const takesMethod = methods === 'every' || methods.includes(intent.method);
  const parts: string[] = [];
  if (methods !== 'every' && takesMethod === held) parts.push(among(`method ${intent.method}`, held, methods));
  if (paths !== 'every' && (held || takesMethod)) {
    const isPlain = isPlainPath(intent.path);
    parts.push(
      isPlain ? among(`path ${intent.path}`, held, paths) : `path ${intent.path} can be read in more than one way`,
    );
  }
  return parts.join(' and ');
}

/** The last fact: whether the rule lets the name lead to one of its addresses. */
function tellAddress(rule: Rule, addresses: readonly IpAddress[], { tables, asked }: Case): ExplainedFact {
  const lead = (address: IpAddress): boolean => leadsTo(rule, asked, address, ownersOf(tables.ranges, address));
  const found = addresses.find(lead);
  return {
    fact: 'address',
    held: found !== undefined,
    words: addressWords(rule, found ?? addresses[0], found !== undefined, tables),
  };
}

function addressWords({ says }: Rule, address: IpAddress | undefined, held: boolean, tables: Tables): string {
  if (address === undefined) return 'resolves to nothing';
  if (says.resolvesTo !== 'none')
    return `resolves ${held ? 'within' : 'outside'} ${some(rangesIn(says.resolvesTo, tables))}`;
  const purpose = specialPurpose(address);
  if (purpose.kind === 'global')
    return held
      ? `${address.text} is globally reachable`
      : `${address.text} is taken out by except: ${some(rangesIn(says.except.ranges, tables))}`;
  const what = `${address.text} is special (${purpose.name}, ${purpose.rfc})`;
  return held ? `${what}, and listed` : `${what}, and not in any resolves-to of the rule`;
}

/** What the rule says to what would go through the tunnel. */
function tellTraffic(rule: Rule, seen: Observation, { attempt, at }: Asked): readonly ExplainedFact[] {
  const { protocol } = rule.terms;
  const held = carries(rule, seen);
  const said = `protocol ${protocol} ${held ? 'takes' : 'does not take'} ${seen.protocol.toUpperCase()}`;
  const traffic: ExplainedFact = { fact: 'traffic', held, words: said };
  if (!held) return [traffic];
  const sight = { host: attempt.destination.host, at, stage: 'whole' } as const;
  const { unverifiable, observes } = rule.says.demands;
  const findings = findingsOn(protocol, rule.says.demands, seen, sight).map(({ check, failed }): ExplainedFact => {
    const cannot = unverifiable === 'probe' && check.fact === 'client_thumbprint';
    const then = cannot ? 'a client cannot be probed' : `unverifiable is ${unverifiable}`;
    const because = check.outcome === 'not_visible' ? `, and ${then}` : '';
    const only = failed !== 'none' && check.fact !== 'server_name' && observes ? '; the rule observes its pins' : '';
    return { fact: check.fact, held: failed === 'none', words: `${checkWords(check)}${because}${only}` };
  });
  return [traffic, ...findings];
}

const subjects = {
  server_name: 'server name',
  thumbprint: 'thumbprint',
  client_thumbprint: 'client thumbprint',
  host_key: 'host key',
} as const satisfies Record<Check['fact'], string>;

function checkWords({ fact, expected, seen, outcome, detail }: Check): string {
  const subject = subjects[fact];
  switch (outcome) {
    case 'verified':
    case 'probed':
      return among(`${subject} ${seen}`, true, expected);
    case 'mismatch':
      return seen === 'none'
        ? `${detail}; due is one of ${some(expected)}`
        : among(`${subject} ${seen}`, false, expected);
    case 'not_visible':
      return `${subject} cannot be seen (${detail})`;
    case 'not_checked':
      return fact === 'server_name' ? detail : `every ${subject} is taken`;
  }
}

/** `x is among a, b`, or that it is not. */
function among(what: string, held: boolean, list: readonly string[]): string {
  return `${what} is ${held ? '' : 'not '}among ${some(list)}`;
}

/** The first few of a list, and how many more. */
function some(list: readonly string[]): string {
  const more = list.length - MOST;
  return more > 0 ? `${list.slice(0, MOST).join(', ')} and ${more} more` : list.join(', ');
}

function portText({ first, last }: PortRange): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

function patternsIn({ names, suffixes, ranges }: Cover, tables: Tables): readonly string[] {
  return [...names, ...suffixes.map((suffix) => `*.${suffix}`), ...rangesIn(ranges, tables)];
}

function rangesIn(list: ListNumber, tables: Tables): readonly string[] {
  return list === 'none' ? [] : (tables.lists[list] ?? '').split(', ');
}
