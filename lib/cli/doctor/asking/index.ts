/**
 * What is asked of the running proxy itself: how it is, whether it answers on its listeners, and whether a destination can be
 * reached through it. It dials those listeners, and nothing else: destinations are dialled by the proxy, which judges and
 * records them as it does for any client.
 *
 * Start at `ask-proxy.ts`.
 */
export type { Question } from './ask-proxy.js';
export { checkInstance } from './instance.js';
export { checkListeners } from './listener.js';
export { tryDestination } from './try.js';
