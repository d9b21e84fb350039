import type { Check, Outcome } from '../../policy/index.js';

/** Counts since the start, changed in place by every attempt. */
export interface AttemptCounters {
  allowed: number;
  wouldDeny: number;
  denied: number;
  refused: number;
  failed: number;
  /** Attempts turned away because the journal could not take their record. */
  unrecorded: number;
  /** Bytes from clients to destinations and back, of attempts that ended and of long ones as far as they were recorded. */
  bytesOut: number;
  bytesIn: number;
  /** The outcomes of checks in tunnels, fact by fact, of attempts that ended. */
  checks: Record<Check['fact'], Record<Outcome, number>>;
}

/** Counters at zero. */
export function zeroCounters(): AttemptCounters {
  const none = (): Record<Outcome, number> => ({ verified: 0, probed: 0, mismatch: 0, not_visible: 0, not_checked: 0 });
  return {
    ...{ allowed: 0, wouldDeny: 0, denied: 0, refused: 0, failed: 0, unrecorded: 0, bytesOut: 0, bytesIn: 0 },
    checks: { server_name: none(), thumbprint: none(), client_thumbprint: none(), host_key: none() },
  };
}

/** Counts the outcomes of an attempt's checks. */
export function countChecks({ checks: counts }: AttemptCounters, checks: readonly Check[]): void {
  for (const { fact, outcome } of checks) counts[fact][outcome] += 1;
}
