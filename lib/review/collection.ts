import type { ReadLine } from '../journal/index.js';
import { endMatches, matches, previewLine, type Filter, type LinePreview } from './filter/index.js';
import { foldAgain, RepeatFolder } from './fold.js';
import {
  beginRow,
  parseOutcome,
  readDecision,
  readOutcome,
  type AttemptRow,
  type MutableRow,
} from './records/index.js';

/** The attempts that a filter selects. */
export interface Listing {
  readonly rows: readonly AttemptRow[];
  /** Whether more attempts match than the limit lets be listed. */
  readonly isCut: boolean;
  /** Lines that looked like a match and are unreadable: damaged, or not what this version understands. */
  readonly unreadable: number;
}

/** What is collected, and how many rows at most. */
export interface CollectionOptions {
  readonly filter: Filter;
  readonly limit: number;
  readonly foldSeconds: number | 'off';
}

/** The rows of a listing while it is being made. */
export class Collection {
  readonly #rows = new Set<MutableRow>();
  /** Those of them whose end decides whether they match, and has not been read. */
  readonly #waiting = new Set<MutableRow>();
  #learned = false;
  /** Whether an attempt was left out that matches. */
  #overflowed = false;
  /** Lines that looked like an answer and could not be read. */
  unreadable = 0;
  readonly #wanted: CollectionOptions;
  readonly #folding: RepeatFolder | 'off';
  readonly #open = new Map<string, MutableRow>();

  constructor(wanted: CollectionOptions) {
    this.#wanted = wanted;
    this.#folding = wanted.foldSeconds === 'off' ? 'off' : new RepeatFolder(wanted.foldSeconds);
  }

  /** What was asked for. Call it when everything has been read that can decide. */
  get listing(): Listing {
    const { filter, limit, foldSeconds } = this.#wanted;
    const found = [...this.#rows].filter((row) => !this.#waiting.has(row) || isWanted(row, filter));
    // An end that was read after its row may make it a repeat.
    const rows = foldSeconds !== 'off' && this.#learned ? foldAgain(found, foldSeconds) : found;
    const isCut = this.#overflowed || rows.length > limit;
    return { rows: rows.slice(0, limit), isCut, unreadable: this.unreadable };
  }

  /** How many rows are of attempts that have not ended, as far as has been read. */
  get open(): number {
    return this.#open.size;
  }

  /** Whether a line is about what followed one of these. */
  awaits({ kind, attempt }: LinePreview): boolean {
    return (kind === 'close' || kind === 'progress') && this.#open.has(attempt);
  }

  /**
   * Takes a decision's line, and the text of a later record of the same attempt, `'none'` if there is none, or
   * `'not_read'` where it may still come. `enough`: there is no room for further rows, and no further decision can repeat
   * one that is here.
   */
  add(line: ReadLine, later: string): 'enough' | 'more' {
    const decision = readDecision(line);
    if (decision === 'unreadable') {
      this.unreadable += 1;
      return 'more';
    }
    const { filter, limit } = this.#wanted;
    const found = matches(filter, decision.content, line.bytes.toString('latin1'));
    if (found === 'no') return 'more';
    const outcome = later === 'none' || later === 'not_read' ? 'none' : parseOutcome(later);
    if (outcome === 'unreadable') this.unreadable += 1;
    const row = beginRow(decision, outcome);
    const isOpen = row.outcome.kind === 'open';
    const endComes = isOpen && later !== 'none';
    const waits = found !== 'yes' && endComes;
    if (!waits && !isWanted(row, filter)) return 'more';
    const full = this.#rows.size - this.#waiting.size >= limit;
    if (this.#folding !== 'off' && this.#folding.fold(row, !full)) return 'more';
    if (full) {
      this.#overflowed = true;
      const mayRepeat = this.#folding !== 'off' && this.#folding.mayRepeatAt(decision.content.received);
      return mayRepeat ? 'more' : 'enough';
    }
    this.#rows.add(row);
    if (waits) this.#waiting.add(row);
    if (isOpen) this.#open.set(decision.content.attempt, row);
    return 'more';
  }

  /** Takes the line of a later record of an attempt that is here. */
  learn(line: ReadLine): void {
    const outcome = readOutcome(line);
    if (outcome === 'unreadable') {
      this.unreadable += 1;
      return;
    }
    const { attempt } = previewLine(line.bytes);
    const row = this.#open.get(attempt);
    if (row === undefined) return;
    row.outcome = outcome;
    if (outcome.kind !== 'closed') return;
    this.#open.delete(attempt);
    this.#learned = true;
    if (this.#waiting.delete(row) && !isWanted(row, this.#wanted.filter)) this.#rows.delete(row);
  }
}

/** Whether an attempt is one that was asked for, as its end says or, where it has none, as it is so far. */
function isWanted({ decision, outcome }: AttemptRow, filter: Filter): boolean {
  return endMatches(filter, decision.content, outcome.kind === 'closed' ? outcome.close.content : 'none');
}
