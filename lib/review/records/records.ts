import { LINE_START, type ReadLine } from '../../journal/index.js';
import { previewLine, matches, mayMatch, type Filter } from '../filter/index.js';
import type { SeqRange, Trail } from '../trail/index.js';
import { findOverturned } from './at-ends.js';
import { readDecision } from './reading.js';

/**
 * Gives records whole and in their order, each as its line. `since` and `until` are about when they were written. Where
 * attempts are asked for (by user, verdict …), their decisions are given with the records that follow, and nothing that
 * belongs to no attempt; else everything is, with damaged lines in their places. An attempt is asked for by what became of
 * it in the end, even if that was recorded after the range. Throws the system's errors.
 */
export async function* readRecords(
  trail: Trail,
  filter: Filter,
  { from, to }: SeqRange,
): AsyncGenerator<ReadLine, void, undefined> {
  const { since = '', until = '~', ...asked } = filter;
  const isAsked = Object.keys(asked).length > 0;
  const attempts = isAsked ? new Attempts(asked, await findOverturned(trail, asked, { from, to })) : 'all';
  const prefilter = (bytes: Buffer): boolean => attempts === 'all' || attempts.mayWant(bytes);
  for await (const line of trail.read({ order: 'oldest_first', fromSeq: from, beforeSeq: to + 1, prefilter })) {
    // Decisions of before `since` are looked at too, as far as the range is wider: their ends may be asked for.
    const isWanted = attempts === 'all' || attempts.wants(line);
    const isTimely = line.read === 'damaged' || (line.time >= since && line.time < until);
    if (isWanted && isTimely) yield line;
  }
}

/** The attempts that were asked for, as far as they are open where reading has come to. */
class Attempts {
  readonly #filter: Filter;
  readonly #overturned: ReadonlySet<number>;
  readonly #looksRight: (text: string, end: string) => boolean;
  readonly #open = new Set<string>();

  constructor(filter: Filter, overturned: ReadonlySet<number>) {
    this.#filter = filter;
    this.#overturned = overturned;
    this.#looksRight = mayMatch(filter);
  }

  /** Looks at a line before it is parsed. One that does not even begin as a line is damage, and is wanted. */
  mayWant(bytes: Buffer): boolean {
    const { kind, attempt, text } = previewLine(bytes);
    if (kind === 'decision') return this.#looksRight(text, 'unknown');
    if (kind === 'close' || kind === 'progress') return this.#open.has(attempt);
    return !LINE_START.test(text);
  }

  wants(line: ReadLine): boolean {
    const { kind, attempt } = previewLine(line.bytes);
    if (kind === 'close') this.#open.delete(attempt);
    const decision = kind === 'decision' ? readDecision(line) : 'unreadable';
    if (decision === 'unreadable') return true;
    const { content, seq } = decision;
    const match = matches(this.#filter, content, line.bytes.toString('latin1'));
    const soFar = match === 'yes' || match === 'yes_so_far';
    if (match === 'no' || soFar === this.#overturned.has(seq)) return false;
    if (content.verdict === 'allowed') this.#open.add(content.attempt);
    return true;
  }
}
