import type { Judged } from '../../audit/index.js';
import type { Clearance, Denial } from '../../policy/index.js';
import type { Refusal } from '../refusal/index.js';
import type { Ending } from './context.js';

/** The end of an attempt that is refused: nothing moved that anybody counted. */
export function ending(refusal: Refusal): Ending {
  const detail = refusal.verdict.kind === 'failed' ? refusal.verdict.detail : refusal.words;
  return { endedBy: refusal.endedBy, bytesOut: 0, bytesIn: 0, status: refusal.status, detail };
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
