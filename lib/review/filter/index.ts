/**
 * Which attempts are asked for: read from what people write, applied to a decision, and guessed from a line of the journal
 * before it is parsed. Knows records and lines, but neither files nor time. Start at `filter.ts`.
 */
export { endMatches, inRange, matches, selectsDestination, selectsRule, type Filter, type Match } from './filter.js';
export { mayMatch, previewLine, type LinePreview } from './prefilter.js';
export { readFilter, type FilterTexts } from './read-filter.js';
