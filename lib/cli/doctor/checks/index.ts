/**
 * The checks that need no client: each looks at one thing (a folder, a file, the clock, Node, what the running instance says
 * of it) and gives findings. They ask the rooms whose thing that is, and decide nothing that those decide. What a check
 * cannot see for itself is handed in.
 *
 * Start at `finding.ts`; every other file is one check.
 */
export { checkClock } from './clock.js';
export { findingsOf, type Finding, type Installation } from './finding.js';
export { checkJournal } from './journal.js';
export { checkNames } from './names.js';
export { checkFiles, checkNode } from './node.js';
export { checkAnchors, checkSinks } from './outside.js';
export { checkPolicies } from './policies.js';
export { checkState } from './state.js';
export { checkUsers } from './users.js';
