/**
 * The policy set in force. Follows a source of policy files: a change is picked up within two seconds, comes into force
 * whole or not at all, and any fault in it leaves the last good set in force. It refuses to know what policies mean:
 * reading, judging and cases are the policy room's.
 *
 * Start with `repository.ts` (following), then `policy-source.ts` (what a source is; `folder-source.ts` is the one there
 * is), `loading.ts` (what a set must pass), `load-in-thread.ts` and `worker.ts` (loading beside the event loop).
 */
export { folderSource } from './folder-source.js';
export { loadPolicies, type Loading } from './loading.js';
export {
  openRepository,
  type Adoption,
  type Rejection,
  type Repository,
  type RepositoryOptions,
} from './repository.js';
