/**
 * Tests of a policy set with the production judge: cases beside policy files (`check-cases.ts`: start here), and a self-test
 * of every set (`self-test.ts`). It refuses to know where files come from.
 */
export { isCaseFile } from './case-file.js';
export { checkCases } from './check-cases.js';
export { observationOfTexts } from './described-traffic.js';
export { selfTest } from './self-test.js';
