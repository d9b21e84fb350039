/**
 * `tidegate tunnels` and `tidegate cut`: what is open in the running instance, listed, watched and ended. Start at
 * `tunnels-command.ts`, then `cut-command.ts`.
 */
export { cutCommand } from './cut-command.js';
export { tunnelsCommand } from './tunnels-command.js';
