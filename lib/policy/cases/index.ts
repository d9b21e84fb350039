/**
 * Proof of a policy set by examples: the cases beside policy files (`cases.ts`: start here), and a self-test of every set
 * (`self-test.ts`), both asked of the production judge. `supposed.ts` makes traffic of what people write of it.
 */
export { checkCases, isCaseFile } from './cases.js';
export { selfTest } from './self-test.js';
export { suppose } from './supposed.js';
