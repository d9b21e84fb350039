import type { Repository } from '../../repository/index.js';
import { counted } from '../../system/values/index.js';

type PolicyStatus = ReturnType<Repository['status']>;
type RejectedFor = Exclude<PolicyStatus['rejected'], 'none'>['why'];

/** A folder is checked twice a second, and loading what changed may take a minute. */
const UNCHECKED_MS = 90_000;

/** What is wrong, and what a start would meet: the set in force is in memory only. */
const REJECTED = {
  folder_unreadable:
    'the policy folder cannot be read; the last good set is in force; do not restart: it would not start',
  folder_emptied:
    'the policy folder holds no policy any more; the last good set is in force; do not restart: it would deny everything',
  policies_refused: 'the last policy change was rejected; an older set is in force; do not restart: it would not start',
} as const satisfies Record<RejectedFor, string>;

/** What keeps the policies of the folder from being in force, or from being in force after a restart. */
export function policyTroubles({ policies, rejected, checkedAt }: PolicyStatus, now: Date): readonly string[] {
  const uncheckedMs = now.getTime() - checkedAt.getTime();
  return [
    policies.length > 0 ? [] : 'no policy is loaded; all traffic is refused',
    rejected === 'none' ? [] : REJECTED[rejected.why],
    uncheckedMs <= UNCHECKED_MS
      ? []
      : `the policy folder has not been checked for ${counted(Math.floor(uncheckedMs / 1_000), 'second')}`,
  ].flat();
}
