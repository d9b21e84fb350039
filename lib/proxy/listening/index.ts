/**
 * The sockets that clients connect to, and whether a destination is one of them. Refuses to know what is served on them.
 * Start at `listeners.ts`.
 */
export { Listeners } from './listeners.js';
export type { ListenAddress, ListenProblem } from './listeners.js';
export { ownMachine } from './own-machine.js';
