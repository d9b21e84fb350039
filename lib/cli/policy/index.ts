/**
 * `tidegate policy …`: checks, tests and explains policies without a running instance, by the judge and the strict reader
 * that the proxy itself uses. Start at `policy-commands.ts`.
 */
export { ruleText, verdictWord, type VerdictWord } from './explain-text.js';
export { policyCommands } from './policy-commands.js';
