import type { Judged, Verdict } from '../../audit/index.js';
import type { Clearance, Denial, Ground } from '../../policy/index.js';
import type { Refusal } from '../refusal/index.js';
import type { Ending } from './support.js';

/** The end of an attempt that is refused: nothing moved that anybody counted. */
export function ending(refusal: Refusal): Ending {
  const detail = refusal.verdict.kind === 'failed' ? refusal.verdict.detail : refusal.words;
  return { endedBy: refusal.endedBy, bytesOut: 0, bytesIn: 0, status: refusal.status, detail };
}

/** The verdict that a permit's ground amounts to. */
export function allowedBy(ground: Ground): Verdict {
  if (ground.kind === 'observed') {
    const { reason, nearest } = ground.wouldDeny;
    return { kind: 'allowed', rules: [], protocol: 'any', wouldDeny: { reason, nearest } };
  }
  return { kind: 'allowed', rules: ground.rules, protocol: ground.rules[0].protocol, wouldDeny: 'none' };
}

/** Whether a rule looks at paths: only then may a record hold one. */
export function readsPaths(ground: Ground): boolean {
  return ground.kind === 'rules' && ground.rules.some((rule) => rule.readsPaths);
}

/** How the traffic was judged that passes, where it was looked at. */
export function judgedFor({ ground, checks, wouldDeny }: Clearance): Judged | 'not_reached' {
  if (checks.length === 0 && wouldDeny === 'none') return 'not_reached';
  const rule = ground.kind === 'rules' ? ground.rules[0] : 'none';
  return { rule, checks, wouldDeny: wouldDeny === 'none' ? wouldDeny : wouldDeny.reason };
}

/** How the traffic was judged that does not pass, where it was looked at. */
export function judgedAgainst(denial: Denial | 'none'): Judged | 'not_reached' {
  // Traffic of another protocol was looked at, though no fact of it could be held against the rule.
  if (denial === 'none' || (denial.checks.length === 0 && denial.reason !== 'traffic_not_allowed'))
    return 'not_reached';
  return { rule: denial.rule, checks: denial.checks, wouldDeny: 'none' };
}
