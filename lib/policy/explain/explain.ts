import type { Host, IpAddress } from '../../address/index.js';
import type { Attempt, Observation } from '../../attempt/index.js';
import {
  denialIn,
  judgeKnown,
  nearestOf,
  noMachine,
  type Denial,
  type OwnMachine,
  type Verdict,
} from '../judge/index.js';
import type { RuleRef } from '../language/index.js';
import { anyUser, logInFor, type LogIn } from '../log-in/index.js';
import { factsOf, PolicySet, stanceOn, type HostSet, type Rule, type Tables } from '../set/index.js';
import { explainRule, type ExplainedAttempt, type ExplainedRule } from './explain-rule.js';

/** A deny entry that matched, and the reason that the policy file gives for it. */
interface MatchedDeny {
  readonly rule: RuleRef;
  readonly reason: string;
}

/** The judge's answer to an attempt, and why. */
export interface Explanation {
  /** An `Admission` where the answers of DNS were not given: it may be looked up, and more is not known. */
  readonly verdict: Verdict;
  /** The denial in force, or the one that only `observe` prevents. */
  readonly denial: Denial | 'none';
  /** The rules that it passes by. */
  readonly passedBy: readonly ExplainedRule[];
  /** For a denial, even if not in force: the nearest rules, nearest first, at most five. */
  readonly nearest: readonly ExplainedRule[];
  readonly deniedBy: MatchedDeny | 'none';
  /** Whether every policy that applies to the client observes. */
  readonly stance: ReturnType<typeof stanceOn>;
  /** For a client without a user: the log-in that would help, as far as policies name users. */
  readonly logIn: LogIn | 'none';
}

/** How many near rules are explained. */
const MOST = 5;

/** Explains the answer of the judge. Without `answers` a name is judged as far as its look-up. */
export function explain(
  policy: PolicySet,
  attempt: Attempt,
  now: Date,
  answers: readonly IpAddress[] | 'not_resolved' = 'not_resolved',
  machine: OwnMachine = noMachine,
  seen: Observation | 'not_given' = 'not_given',
): Explanation {
  const tables = PolicySet.tables(policy);
  const { host } = attempt.destination;
  const addresses = host.kind === 'address' ? [host.address] : answers;
  const facts = factsOf(tables, attempt, now);
  const listed = new Set(tables.hosts.find(host, facts.hostLists).rules);
  const explained = { tables, facts, addresses, listed, seen, machine };
  const verdict = judgeKnown(policy, attempt, now, explained, machine);
  const denial = denialIn(verdict);
  const standing = standingIn(verdict, tables);
  const isAnonymous = attempt.client.identity.kind === 'network';
  const near = denial === 'none' || standing.length > 0 ? [] : nearest(explained, denial);
  return {
    verdict,
    denial,
    passedBy: standing.map((rule) => explainRule(rule, explained)),
    nearest: near.map((rule) => explainRule(rule, explained)),
    deniedBy: matchedBy(denial, tables),
    stance: stanceOn(facts),
    logIn: isAnonymous ? logInFor({ policy, attempt, now, users: anyUser }, addresses, machine) : 'none',
  };
}

function standingIn(verdict: Verdict, { rules }: Tables): readonly Rule[] {
  if (verdict.kind === 'denied' || verdict.ground.kind === 'observed') return [];
  const standing = new Set<RuleRef>(verdict.ground.rules);
  return rules.filter(({ ref }) => standing.has(ref));
}

function matchedBy(denial: Denial | 'none', { denies }: Tables): MatchedDeny | 'none' {
  const entry = denial === 'none' ? undefined : denies.find(({ ref }) => ref === denial.rule);
  return entry === undefined ? 'none' : { rule: entry.ref, reason: entry.reason };
}

/**
 * The rules that the denial names, which are the nearest of those that list the host; then the others, by how many facts
 * hold, then by how many labels at the end of the name they share with it.
 */
function nearest({ tables, facts, listed }: ExplainedAttempt, denial: Denial): readonly Rule[] {
  const others = tables.rules.filter((rule) => !listed.has(rule));
  const shared = new Map(others.map((rule) => [rule, labelsShared(facts.attempt.destination.host, rule.to)]));
  others.sort((a, b) => (shared.get(b) ?? 0) - (shared.get(a) ?? 0));
  const named = denial.nearest.flatMap(({ rule }) => tables.rules.filter(({ ref }) => ref === rule));
  const more = [...nearestOf([...listed], tables, facts, MOST), ...nearestOf(others, tables, facts, MOST)];
  return [...new Set([...named, ...more])].slice(0, MOST);
}

/** How many labels, from the right, the name has in common with the most similar one that is covered. */
function labelsShared(host: Host, { names, suffixes }: HostSet): number {
  if (host.kind === 'address') return 0;
  const asked = host.name.split('.').reverse();
  const counts = [...names, ...suffixes].map((one) => {
    const labels = one.split('.').reverse();
    const different = asked.findIndex((label, index) => label !== labels[index]);
    return different === -1 ? asked.length : different;
  });
  return Math.max(0, ...counts);
}
