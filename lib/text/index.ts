/**
 * Texts that people write, read strictly: YAML without surprises (`yaml.ts`), the shape it must have (`shape.ts`), and what
 * is wrong with it, where, and what to do about it (`problems.ts`: start here). All problems are found, not the first.
 * This room refuses to know what the texts say: hosts, rules and cases are other rooms'.
 */
export { didYouMean } from './did-you-mean.js';
export {
  fault,
  formatProblem,
  inReadingOrder,
  mapReading,
  positionAt,
  quoted,
  summariseProblem,
  visibleName,
} from './problems.js';
export type { Fault, FilePosition, Problem, ProblemCode, PathStep, TextProblems, TextReading } from './problems.js';
export { CONTACT } from './contact.js';
export { decodeSource, MAX_FILE_BYTES, wholeFileProblem, type SourceFile } from './source.js';
export {
  across,
  leaf,
  list,
  looseLeaf,
  onceSound,
  optionalList,
  readShape,
  readValue,
  type KnownKeys,
} from './shape.js';
export { readTree, type Tree } from './yaml.js';
export { yamlEntry, yamlItem } from './write-yaml.js';
