import { stanceOn, type AttemptFacts, type Rule, type StandingRule } from '../set/index.js';
import type { Check } from '../traffic/index.js';
import { factsHeld, firstFailing } from './rule-checks.js';
import type { Denial, DenialReason } from './verdict.js';

/** The part of a denial about the rules that came near. */
export type Near = Pick<Denial, 'rule' | 'nearest' | 'readsPaths'> & { readonly checks?: readonly Check[] };

/** No rule lists the destination. */
export const NOTHING_NEAR: Near = { rule: 'none', nearest: [], readsPaths: false };

/** How many of the rules that came near a denial holds. */
const MOST_NEAREST = 3;

/** Makes a denial. */
export function denied(
  revision: string,
  reason: DenialReason,
  { rule, nearest, readsPaths, checks = [] }: Near = NOTHING_NEAR,
  dropped: Denial['dropped'] = 'not_reached',
): Denial {
  return { kind: 'denied', reason, revision, rule, nearest, dropped, readsPaths, checks };
}

/** The denial where none of the listed rules holds for every fact: the nearest gives the reason. */
export function notAllowed(revision: string, listed: readonly Rule[], facts: AttemptFacts): Denial {
  const near = nearest(nearestOf(listed, facts, MOST_NEAREST), (rule) => firstFailing(rule, facts));
  const otherwise = stanceOn(facts) === 'no_policy_applies' ? 'client_not_allowed' : 'destination_not_allowed';
  return denied(revision, near.nearest[0]?.failed ?? otherwise, near);
}

/** The first few of these rules that a fact failed, each with the reason. */
export function nearest(rules: readonly Rule[], failing: (rule: Rule) => DenialReason | 'none'): Near {
  const near: { readonly rule: StandingRule; readonly failed: DenialReason }[] = [];
  for (const rule of rules) {
    const failed = failing(rule);
    if (failed !== 'none') near.push({ rule: rule.ref, failed });
    if (near.length === MOST_NEAREST) break;
  }
  const [first] = near;
  if (first === undefined) return NOTHING_NEAR;
  return { rule: first.rule, nearest: near, readsPaths: first.rule.readsPaths };
}

/** The few rules for which most facts hold, nearest first; of equal ones, the first in the list, which is by file and line. */
export function nearestOf(rules: readonly Rule[], facts: AttemptFacts, most: number): readonly Rule[] {
  const near: { readonly rule: Rule; readonly held: number }[] = [];
  for (const rule of rules) {
    const held = factsHeld(rule, facts);
    const index = near.findLastIndex((one) => one.held >= held) + 1;
    if (index < most) near.splice(index, 0, { rule, held });
    if (near.length > most) near.pop();
  }
  return near.map(({ rule }) => rule);
}
