import { LINE_START, type ReadLine } from '../../journal/index.js';
import { previewLine, matches, mayMatch, type Filter } from '../filter/index.js';
import type { SeqRange, Trail } from '../trail/index.js';
import { readDecision } from './reading.js';

/**
 * Gives records whole and in their order, each as its line. `since` and `until` are about when they were written. Where
 * attempts are asked for (by user, destination …), their decisions are given with the records that follow, and nothing
 * that belongs to no attempt; else everything is, with damaged lines in their places. Holds no more in memory than the names
 * of attempts that are open; so an attempt is never given for what only its end says. Throws the system's errors.
 */
export async function* readRecords(
  trail: Trail,
  filter: Filter,
  { from, to }: SeqRange,
): AsyncGenerator<ReadLine, void, undefined> {
  const { since = '', until = '~', ...asked } = filter;
  const attempts = Object.keys(asked).length === 0 ? 'all' : new Attempts(asked);
  const prefilter = (bytes: Buffer): boolean => attempts === 'all' || attempts.mayWant(bytes);
  for await (const line of trail.read({ order: 'oldest_first', fromSeq: from, beforeSeq: to + 1, prefilter })) {
    const timely = line.read === 'damaged' || (line.time >= since && line.time < until);
    if (timely && (attempts === 'all' || attempts.wants(line))) yield line;
  }
}

/** The attempts that were asked for, as far as they are open where reading has come to. */
class Attempts {
  readonly #filter: Filter;
  readonly #looksRight: (text: string, end: string) => boolean;
  readonly #open = new Set<string>();

  constructor(filter: Filter) {
    this.#filter = filter;
    this.#looksRight = mayMatch(filter);
  }

  /** Looks at a line before it is parsed. One that does not even begin as a line is damage, and is wanted. */
  mayWant(bytes: Buffer): boolean {
    const { kind, attempt, text } = previewLine(bytes);
    if (kind === 'decision') return this.#looksRight(text, '');
    if (kind === 'close' || kind === 'progress') return this.#open.has(attempt);
    return !LINE_START.test(text);
  }

  wants(line: ReadLine): boolean {
    const { kind, attempt } = previewLine(line.bytes);
    if (kind === 'close') this.#open.delete(attempt);
    const decision = kind === 'decision' ? readDecision(line) : 'unreadable';
    if (decision === 'unreadable') return true;
    const { content } = decision;
    if (matches(this.#filter, content, line.bytes.toString('latin1')) !== 'yes') return false;
    if (content.verdict === 'allowed') this.#open.add(content.attempt);
    return true;
  }
}
