/**
 * The checks that need no client: each examines one thing (a folder, a file, the clock, Node, the state in the running
 * instance) and gives findings, by the rules of the room that owns it. What a check cannot read itself is an argument.
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
