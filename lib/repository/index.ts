/**
 * Policy files on disk, and the policy set in force. Follows a folder: a change is picked up within two seconds, comes
 * into force whole or not at all, and whatever is wrong with it leaves the last good set in force. It refuses to know what
 * policies mean: reading, judging and cases are the policy room's; and it tells nobody of changes but whom it is told to.
 *
 * Start with `repository.ts` (following), then `loading.ts` (what a set must pass), `folder.ts` (files), `handover.ts`
 * and `worker.ts` (loading beside the event loop).
 */
export { loadPolicies, type Loading } from './loading.js';
export {
  openRepository,
  type Adoption,
  type Rejection,
  type Repository,
  type RepositoryOptions,
} from './repository.js';
