/**
 * `tidegate policy …`: checks, tests and explains policies without a running proxy, by the judge and the strict reader
 * that the proxy itself uses. Start at `policy-commands.ts`.
 */
export { addPolicyCommands } from './policy-commands.js';
