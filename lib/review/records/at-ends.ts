import type { DecisionContent } from '../../audit/index.js';
import type { ReadLine } from '../../journal/index.js';
import { endMatches, matches, mayMatch, previewLine, type Filter, type Match } from '../filter/index.js';
import type { SeqRange, Trail } from '../trail/index.js';
import { readDecision, readOutcome } from './reading.js';

/**
 * Finds the decisions of a range for which the end of the attempt says the opposite of what they say so far, as the numbers
 * of their lines: one for each tunnel that was cut, or whose cut was asked for. Reads on after the range until every attempt
 * of it has ended, and holds in memory those that are open at one moment. Throws the system's errors.
 */
export async function findOverturned(
  trail: Trail,
  filter: Filter,
  { from, to }: SeqRange,
): Promise<ReadonlySet<number>> {
  const pass = new EndPass(filter, to);
  const prefilter = (bytes: Buffer): boolean => pass.mayWant(bytes);
  const order = 'oldest_first';
  for await (const line of trail.read({ order, fromSeq: from, beforeSeq: to + 1, prefilter })) pass.take(line);
  if (pass.open.size === 0) return pass.overturned;
  for await (const line of trail.read({ order, fromSeq: to + 1, prefilter })) {
    pass.take(line);
    if (pass.open.size === 0) break;
  }
  return pass.overturned;
}

interface OpenAttempt {
  readonly decision: DecisionContent;
  readonly seq: number;
  readonly match: Match;
}

class EndPass {
  readonly overturned = new Set<number>();
  readonly open = new Map<string, OpenAttempt>();
  readonly #filter: Filter;
  readonly #to: number;
  readonly #looksRight: (text: string, end: string) => boolean;

  constructor(filter: Filter, to: number) {
    this.#filter = filter;
    this.#to = to;
    this.#looksRight = mayMatch(filter);
  }

  mayWant(bytes: Buffer): boolean {
    const { kind, attempt, text } = previewLine(bytes);
    return kind === 'decision' ? this.#looksRight(text, 'unknown') : kind === 'close' && this.open.has(attempt);
  }

  take(line: ReadLine): void {
    const decision = readDecision(line);
    if (decision === 'unreadable') this.#end(line);
    else if (decision.seq <= this.#to) this.#begin(decision, line.bytes.toString('latin1'));
  }

  #begin({ seq, content }: { readonly seq: number; readonly content: DecisionContent }, text: string): void {
    const match = matches(this.#filter, content, text);
    if (match === 'yes_so_far' || match === 'not_so_far') {
      this.open.set(content.attempt, { decision: content, seq, match });
    }
  }

  #end(line: ReadLine): void {
    const outcome = readOutcome(line);
    if (outcome === 'unreadable' || outcome.kind !== 'closed') return;
    const close = outcome.close.content;
    const held = this.open.get(close.attempt);
    if (held === undefined) return;
    this.open.delete(close.attempt);
    const { decision, seq, match } = held;
    if (endMatches(this.#filter, decision, close) !== (match === 'yes_so_far')) this.overturned.add(seq);
  }
}
