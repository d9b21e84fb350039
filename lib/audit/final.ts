import { DENIAL_REASONS, FAILURE_CODES, type CloseContent, type DecisionContent } from './fields/index.js';

/** What became of an attempt in the end, and why. */
export interface FinalVerdict {
  readonly verdict: DecisionContent['verdict'];
  readonly reason: string;
}

/**
 * Gives the one verdict of an attempt: its decision's, unless that allowed the connection and the close says that its
 * dial failed or its traffic was refused. Without a close it is the verdict so far.
 */
export function finalVerdict(decision: DecisionContent, close: CloseContent | 'none'): FinalVerdict {
  const { verdict, reason } = decision;
  if (verdict !== 'allowed' || close === 'none') return { verdict, reason };
  const final = closeVerdict(close);
  return final === 'as_decided' ? { verdict, reason } : final;
}

/** The final verdict that a close gives; `'as_decided'`: its traffic passed, and the record is too old to repeat why. */
export function closeVerdict(close: CloseContent): FinalVerdict | 'as_decided' {
  const { verdict, reason, ended_by: endedBy, seen, status } = close;
  if (verdict !== undefined && reason !== undefined) return { verdict, reason };
  // Earlier versions wrote neither: the end says it, but for the breaking off of a response that had begun.
  if (Object.hasOwn(DENIAL_REASONS, endedBy)) return { verdict: 'denied', reason: endedBy };
  const begun = seen === 'http' && status !== null && status < 500;
  if (Object.hasOwn(FAILURE_CODES, endedBy) && !begun) return { verdict: 'failed', reason: endedBy };
  if (endedBy === 'shutdown' && status === 503) return { verdict: 'refused', reason: endedBy };
  return 'as_decided';
}
