/** `tidegate run`: the proxy in the foreground. Start at `run.ts`; the instance itself is `app/instance`. */
export { runCommand } from './run-command.js';
