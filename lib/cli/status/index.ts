/** `tidegate status`: the facts of the running instance, for people or as JSON. Start at `status-command.ts`. */
export { statusCommand } from './status-command.js';
