/**
 * Proof of a policy set by examples: the cases beside policy files (`check-cases.ts`: start here; their form is
 * `case-file.ts`), and a self-test of every set (`self-test.ts`), both with the production judge. `described-traffic.ts`
 * makes observations of descriptions. It refuses to know where files come from.
 */
export { isCaseFile } from './case-file.js';
export { checkCases } from './check-cases.js';
export { observationOfTexts } from './described-traffic.js';
export { selfTest } from './self-test.js';
