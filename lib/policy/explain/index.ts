/**
 * Explanations of the judge's answers, rule by rule and fact by fact. Start at `explain.ts`. It decides nothing: it asks the
 * same judge.
 */
export { explain, type Explanation } from './explain.js';
export { lineToAdd } from './line-to-add.js';
export { listedNames } from './listed-names.js';
export type { ExplainedFact, ExplainedRule } from './explain-rule.js';
