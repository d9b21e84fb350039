import type { Observation } from '../attempt/index.js';
import { nearest, type Near } from './denial.js';
import { carries } from './rule.js';
import type { Rule } from './rule.js';
import { findingsOn, wantsProbe } from './traffic/index.js';
import type { Check, Finding, Sight } from './traffic/index.js';
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
  const answers = rules.map((rule) => answerOf(rule, seen, sight));
  const holding = answers.filter(({ failed }) => failed === 'none');
  const observing = byNearness(answers.filter(onlyObserves));
  const watched = [...holding, ...observing];
  const [best] = watched;
  if (best?.failed === 'none') {
    return { ...told(holding, watched), near: 'none', reason: 'none', checks: best.checks };
  }
  const [nearestOne, ...others] = observing.length > 0 ? observing : byNearness(answers);
  if (nearestOne === undefined) return { ...told([], []), near: 'none', reason: 'traffic_not_allowed', checks: [] };
  const failing = new Map([nearestOne, ...others].map(({ rule, failed }) => [rule, failed]));
  const near = nearest([...failing.keys()], (rule) => failing.get(rule) ?? 'none');
  const { checks, failed } = nearestOne;
  const still = observing.length > 0 ? observing : answers.filter(({ nearness }) => nearness > 0);
  return { ...told(observing, still), near: { ...near, checks }, reason: failed, checks };
}

/** What traffic must be looked at for, so that these rules can be asked. */
export function watchOf(rules: readonly Rule[]): Watch {
  return {
    protocols: [...new Set(rules.map(({ terms }) => terms.protocol))],
    probes: rules.some(({ says }) => wantsProbe(says.demands)),
  };
}

function told(passing: readonly Answer[], watched: readonly Answer[]): Pick<Passage, 'rules' | 'watched'> {
  return { rules: passing.map(({ rule }) => rule), watched: watched.map(({ rule }) => rule) };
}

function answerOf(rule: Rule, seen: Observation, sight: Sight): Answer {
  if (!carries(rule, seen)) return { rule, checks: [], failed: 'traffic_not_allowed', nearness: 0 };
  const findings = findingsOn(rule.terms.protocol, rule.says.demands, seen, sight);
  const failed = findings.find((one) => one.failed !== 'none')?.failed ?? 'none';
  return { rule, checks: findings.map(({ check }) => check), failed, nearness: nearnessOf(findings) };
}

function nearnessOf(findings: readonly Finding[]): number {
  const first = findings.findIndex(({ failed }) => failed !== 'none');
  return 1 + 10 * (first === -1 ? findings.length : first) + findings.filter(({ failed }) => failed === 'none').length;
}

/** Pins are what a rule can observe; its protocol and server name are enforced all the same. */
function onlyObserves({ rule, failed }: Answer): boolean {
  if (!rule.says.demands.observes) return false;
  return !['none', 'traffic_not_allowed', 'server_name_not_allowed'].includes(failed);
}

function byNearness(answers: readonly Answer[]): readonly Answer[] {
  return answers.length < 2 ? answers : answers.toSorted((a, b) => b.nearness - a.nearness);
}
