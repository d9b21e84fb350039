/** `tidegate config show`: the effective configuration. */
export { configCommands } from './config-command.js';
