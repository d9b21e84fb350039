/**
 * Which attempts are asked for: read from what people write, applied to a decision, and guessed from a line of the journal
 * before it is parsed. Knows records and lines, but neither files nor time. Start at `filter.ts`.
 */
export { EVERYTHING, endMatches, matches } from './filter.js';
export type { DestinationPattern, Filter } from './filter.js';
export { previewLine, mayMatch, receivedIn } from './prefilter.js';
export type { LinePreview } from './prefilter.js';
export { readFilter } from './read-filter.js';
export type { FilterProblem, FilterReading, FilterTexts } from './read-filter.js';
