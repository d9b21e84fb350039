import type { Observation } from '../../attempt/index.js';
import type { Rule } from '../set/index.js';
import { checkTraffic, wantsProbe, type Check, type Finding, type TrafficContext } from '../traffic/index.js';
import { nearest, type Near } from './denial.js';
import { allowsProtocol } from './rule-checks.js';
import type { DenialReason, Watch } from './verdict.js';

/** One rule checked for every fact of the traffic (law 5). */
interface RuleResult {
  readonly rule: Rule;
  readonly checks: readonly Check[];
  readonly failed: DenialReason | 'none';
  /** Higher is nearer: by the first fact that failed, then by how many did. */
  readonly nearness: number;
}

/** The verdict of a route's rules together. */
interface TrafficVerdict {
  readonly checks: readonly Check[];
  readonly watched: readonly Rule[];
  /** The rules that let it pass, by holding or by observing. */
  readonly rules: readonly Rule[];
  /** What denies it, or would if no rule observed. */
  readonly near: Near | 'none';
  readonly reason: DenialReason | 'none';
}

/** Checks each rule that leads to the dialled address for every fact of the traffic. `rules` are by file and line. */
export function verdictOn(rules: readonly Rule[], seen: Observation, context: TrafficContext): TrafficVerdict {
  const holding: RuleResult[] = [];
  const failing: RuleResult[] = [];
  for (const rule of rules) {
    const result = resultOf(rule, seen, context);
    (result.failed === 'none' ? holding : failing).push(result);
  }
  const observing = failing.length === 0 ? failing : failing.filter(onlyObserves);
  const [best] = holding;
  if (best === undefined) return withoutHolding(failing, observing);
  const watched = observing.length === 0 ? holding : [...holding, ...observing];
  return { rules: rulesOf(holding), checks: best.checks, near: 'none', reason: 'none', watched: rulesOf(watched) };
}

/** The verdict where no rule holds wholly: the nearest one that observes lets the traffic pass, or none does. */
function withoutHolding(failing: readonly RuleResult[], observing: readonly RuleResult[]): TrafficVerdict {
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
    // Where every policy observes, the rules that allow the protocol stay watched, so that records hold all of it.
    watched: rulesOf(considered.filter(({ nearness }) => nearness > 0)),
  };
}

/** What traffic must be inspected for, so that these rules can be checked. */
export function watchOf(rules: readonly Rule[]): Watch {
  return {
    protocols: [...new Set(rules.map(({ terms }) => terms.protocol))],
    probes: rules.some(({ traffic }) => wantsProbe(traffic)),
  };
}

function rulesOf(results: readonly RuleResult[]): readonly Rule[] {
  return results.map(({ rule }) => rule);
}

function resultOf(rule: Rule, seen: Observation, context: TrafficContext): RuleResult {
  if (!allowsProtocol(rule, seen)) return { rule, checks: [], failed: 'traffic_not_allowed', nearness: 0 };
  const findings = checkTraffic(rule.terms.protocol, rule.traffic, seen, context);
  const checks = findings.map(({ check }) => check);
  const failed = findings.find((one) => one.failed !== 'none')?.failed ?? 'none';
  return { rule, checks, failed, nearness: failed === 'none' ? Infinity : nearnessOf(findings) };
}

function nearnessOf(findings: readonly Finding[]): number {
  const first = findings.findIndex(({ failed }) => failed !== 'none');
  return 1 + 10 * first + findings.filter(({ failed }) => failed === 'none').length;
}

/** Pins are what a rule can observe; its protocol and server name are always enforced. */
function onlyObserves({ rule, failed }: RuleResult): boolean {
  if (!rule.traffic.observes) return false;
  return !['none', 'traffic_not_allowed', 'server_name_not_allowed'].includes(failed);
}
