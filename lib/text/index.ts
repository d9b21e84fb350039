/**
 * Texts that people write, read strictly: YAML without surprises (`yaml.ts`), the shape it must have (`shape.ts`), and what
 * is wrong with it, where, and what to do about it (`problems.ts`: start here). All problems are found, not the first.
 * This room refuses to know what the texts say: hosts, rules and cases are other rooms'.
 */
export { fault, formatProblem, inReadingOrder, nearest, quoted, summariseProblem } from './problems.js';
export type { Place, Problem, ProblemCode, Read } from './problems.js';
export { across, leaf, list, looseLeaf, onceSound, problemsOf, type KnownKeys } from './shape.js';
export { readTree, type SourceFile, type Step, type Tree } from './yaml.js';
