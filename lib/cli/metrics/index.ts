/**
 * What monitoring is told of a running tidegate: every family of numbers, with where each comes from. Knows the parts that
 * are measured, and not how numbers are served. Start at `families.ts`.
 */
export { familiesOf, type Measured } from './families.js';
