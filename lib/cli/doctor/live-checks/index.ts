/**
 * Checks that need the running proxy: its state, whether it replies on its listeners, and whether a destination can be
 * reached through it. They dial those listeners only: destinations are dialled by the proxy, which judges and records them
 * as it does for any client.
 *
 * Start at `listener.ts`.
 */
export { checkInstance } from './instance.js';
export { checkListeners } from './listener.js';
export { tryDestination } from './try.js';
