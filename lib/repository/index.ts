/**
 * The policy set in force. Follows a source of policy files: a change is picked up within two seconds and comes into force
 * whole or not at all. It refuses to know what policies mean.
 *
 * Start with `repository.ts` (following), then `policy-source.ts` and `folder-source.ts` (the source), `loading.ts` (what a
 * set must pass), `load-in-thread.ts` and `worker.ts` (loading outside the event loop).
 */
export { folderSource } from './folder-source.js';
export { loadPolicies, type Loading } from './loading.js';
export { openRepository } from './repository.js';
export type { Adoption, Rejection, Repository, RepositoryOptions } from './repository.js';
