import type { CloseRecord, Judged, WouldDeny } from '../../audit/index.js';
import type { Clearance, Denial, Ground } from '../../policy/index.js';
import type { Refusal } from '../refusal/index.js';
import type { AttemptEnd } from './context.js';

/** How an opened attempt ended, with its final verdict. */
export type FinalEnd = AttemptEnd & Pick<CloseRecord, 'verdict' | 'reason'>;

/** The end of a refused attempt, without the bytes that it moved. */
export function endOf({ verdict, endedBy, status, message }: Refusal): Omit<FinalEnd, 'bytesOut' | 'bytesIn'> {
  const isFailed = verdict.kind === 'failed';
  const reason = isFailed ? verdict.code : verdict.reason;
  return { verdict: verdict.kind, reason, endedBy, status, detail: isFailed ? verdict.detail : message };
}

/** What policy would have denied, of an attempt on this ground. */
export function wouldDenyOn(ground: Ground): WouldDeny {
  return ground.kind === 'observed' ? ground.wouldDeny : 'none';
}

/** How the traffic that passes was judged, if it was inspected. */
export function judgedFor({ ground, checks, wouldDeny }: Clearance): Judged | 'not_reached' {
  if (checks.length === 0 && wouldDeny === 'none') return 'not_reached';
  const rule = ground.kind === 'rules' ? ground.rules[0] : 'none';
  return { rule, checks, wouldDeny: wouldDeny === 'none' ? wouldDeny : wouldDeny.reason };
}

/** How the traffic that does not pass was judged, if it was inspected. */
export function judgedAgainst(denial: Denial | 'none'): Judged | 'not_reached' {
  // Traffic of another protocol was inspected, though no fact of it could be checked.
  if (denial === 'none' || (denial.checks.length === 0 && denial.reason !== 'traffic_not_allowed'))
    return 'not_reached';
  return { rule: denial.rule, checks: denial.checks, wouldDeny: 'none' };
}
