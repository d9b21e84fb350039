import { DENIAL_REASONS, FAILURE_CODES, TURNED_AWAY_REASONS, type Verdict } from '../../audit/index.js';
import type { Check, Outcome } from '../../policy/index.js';

/** Verdicts of attempts that do not pass. */
type Refused = Exclude<Verdict['kind'], 'allowed'>;

/** Counts since the start, changed in place by every attempt. */
export interface AttemptCounters {
  allowed: number;
  wouldDeny: number;
  denied: number;
  refused: number;
  failed: number;
  /** Attempts that did not pass, by final verdict and then by reason. */
  readonly reasons: Readonly<Record<Refused, Record<string, number>>>;
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
    reasons: {
      denied: zeros(DENIAL_REASONS),
      refused: zeros(TURNED_AWAY_REASONS),
      failed: zeros(FAILURE_CODES),
    },
    checks: { server_name: none(), thumbprint: none(), client_thumbprint: none(), host_key: none() },
  };
}

function zeros(vocabulary: object): Record<string, number> {
  return Object.fromEntries(Object.keys(vocabulary).map((reason) => [reason, 0]));
}

/** Counts an attempt that does not pass under its reason. */
export function countReason({ reasons }: AttemptCounters, verdict: Refused, reason: string): void {
  reasons[verdict][reason] = (reasons[verdict][reason] ?? 0) + 1;
}

/** Counts the outcomes of an attempt's checks. */
export function countChecks({ checks: counts }: AttemptCounters, checks: readonly Check[]): void {
  for (const { fact, outcome } of checks) counts[fact][outcome] += 1;
}
