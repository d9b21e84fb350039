import type { Observation } from '../../attempt/index.js';
import type { Rule } from '../set/index.js';
import { findingsOn, wantsProbe, type Check, type Finding, type Sight } from '../traffic/index.js';
import { nearest, type Near } from './denial.js';
import { carries } from './rule-checks.js';
import type { DenialReason, Watch } from './verdict.js';

/** One rule asked for every fact of the traffic (law 5). */
interface Answer {
  readonly rule: Rule;
  readonly checks: readonly Check[];
  /** The first fact that failed it, in the order in which they are asked. */
  readonly failed: DenialReason | 'none';
  /** How near it came: by the first fact that failed, and by how many did. More is nearer. */
  readonly nearness: number;
}

/**
 * What a route's rules say to traffic together. `rules` let it pass, be it only because they observe (`near` tells what
 * would deny it then); without any, it is denied, and `near` tells why. `checks` are those of the first of these rules, or
 * of the nearest. `watched` are the rules to ask again when more was seen.
 */
export interface Passage {
  readonly rules: readonly Rule[];
  readonly checks: readonly Check[];
  readonly near: Near | 'none';
  readonly reason: DenialReason | 'none';
  readonly watched: readonly Rule[];
}

/** Asks each rule that leads to the dialled address for every fact of the traffic. `rules` are by file and line. */
export function weigh(rules: readonly Rule[], seen: Observation, sight: Sight): Passage {
  const holding: Answer[] = [];
  const failing: Answer[] = [];
  for (const rule of rules) {
    const answer = answerOf(rule, seen, sight);
    (answer.failed === 'none' ? holding : failing).push(answer);
  }
  const observing = failing.length === 0 ? failing : failing.filter(onlyObserves);
  const [best] = holding;
  if (best === undefined) return withoutHolding(failing, observing);
  const watched = observing.length === 0 ? holding : [...holding, ...observing];
  return { rules: rulesOf(holding), checks: best.checks, near: 'none', reason: 'none', watched: rulesOf(watched) };
}

/** What becomes of traffic for which no rule holds wholly: the nearest one that observes lets it pass, or none does. */
function withoutHolding(failing: readonly Answer[], observing: readonly Answer[]): Passage {
  const considered = (observing.length > 0 ? observing : failing).toSorted((a, b) => b.nearness - a.nearness);
  const [first] = considered;
  if (first === undefined) throw new Error('a route that rules lead to has no rules');
  const reasons = new Map(considered.map(({ rule, failed }) => [rule, failed]));
  const near = nearest([...reasons.keys()], (rule) => reasons.get(rule) ?? 'none');
  const { checks, failed } = first;
  return {
    rules: observing.length > 0 ? rulesOf(considered) : [],
    checks,
    near: { ...near, checks },
    reason: failed,
    // Where every policy observes, the rules that take the protocol are asked on, so that records tell all of it.
    watched: rulesOf(considered.filter(({ nearness }) => nearness > 0)),
  };
}

/** What traffic must be looked at for, so that these rules can be asked. */
export function watchOf(rules: readonly Rule[]): Watch {
  return {
    protocols: [...new Set(rules.map(({ terms }) => terms.protocol))],
    probes: rules.some(({ says }) => wantsProbe(says.demands)),
  };
}

function rulesOf(answers: readonly Answer[]): readonly Rule[] {
  return answers.map(({ rule }) => rule);
}

function answerOf(rule: Rule, seen: Observation, sight: Sight): Answer {
  if (!carries(rule, seen)) return { rule, checks: [], failed: 'traffic_not_allowed', nearness: 0 };
  const findings = findingsOn(rule.terms.protocol, rule.says.demands, seen, sight);
  const checks = findings.map(({ check }) => check);
  const failed = findings.find((one) => one.failed !== 'none')?.failed ?? 'none';
  return { rule, checks, failed, nearness: failed === 'none' ? Infinity : nearnessOf(findings) };
}

function nearnessOf(findings: readonly Finding[]): number {
  const first = findings.findIndex(({ failed }) => failed !== 'none');
  return 1 + 10 * first + findings.filter(({ failed }) => failed === 'none').length;
}

/** Pins are what a rule can observe; its protocol and server name are enforced all the same. */
function onlyObserves({ rule, failed }: Answer): boolean {
  if (!rule.says.demands.observes) return false;
  return !['none', 'traffic_not_allowed', 'server_name_not_allowed'].includes(failed);
}
