/** `tidegate user …`: the users file. Start at `user-commands.ts`. */
export { userCommands } from './user-commands.js';
