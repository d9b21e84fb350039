import { readBackwards, readJournal } from '../journal/index.js';
import { Collection } from './collection.js';
import type { CollectionOptions } from './collection.js';
import { previewLine, mayMatch, receivedIn } from './filter/index.js';
import type { Filter, LinePreview } from './filter/index.js';
import type { AttemptRow } from './records/index.js';
import { hourAfter, hourBefore, seqNear } from './records/index.js';

/** Which attempts to list, and how. `limit` rows are held in memory. */
export interface ListOptions extends CollectionOptions {
  readonly order: 'newest_first' | 'oldest_first';
}

/** The attempts that were asked for. */
export interface Listing {
  readonly rows: readonly AttemptRow[];
  /** Lines that looked like an answer and could not be read: damaged, or not what this version understands. */
  readonly unreadable: number;
}

/**
 * Lists attempts, each with how it went on. Reads no more of the journal than it must: newest first, from the end back
 * until the limit is reached. `foldSeconds`: identical refusals so far apart become one row. Throws the system's errors.
 */
export async function listAttempts(directory: string, options: ListOptions): Promise<Listing> {
  if (options.limit < 1) return { rows: [], unreadable: 0 };
  const { rows, unreadable } =
    options.order === 'newest_first' ? await listBackwards(directory, options) : await listForwards(directory, options);
  return { rows, unreadable };
}

async function listBackwards(directory: string, options: ListOptions): Promise<Collection> {
  const { until } = options.filter;
  const collection = new Collection(options);
  const beforeSeq = until === undefined ? Infinity : await seqNear(directory, hourAfter(until));
  const pass = new BackwardPass(options.filter);
  for await (const line of readBackwards(directory, { beforeSeq, wanted: (bytes) => pass.wants(bytes) })) {
    if (pass.over || collection.add(line, pass.later) === 'enough') break;
  }
  // What began before `until` may have gone on long after it.
  if (until !== undefined) await learnEnds(directory, collection, beforeSeq);
  return collection;
}

/**
 * Backwards, an attempt's end comes before its decision. What is kept for decisions still to come are the last records of
 * those attempts only that were open at this point of the journal.
 */
class BackwardPass {
  /** The text of a later record of the decision that was wanted last, or `'none'`. */
  later = 'none';
  /** Whether everything from here back was received too early. */
  over = false;
  readonly #ends = new Map<string, Pick<LinePreview, 'kind' | 'text'>>();
  readonly #looksRight: (text: string, end: string) => boolean;
  readonly #earliest: string;
  /** What is to be thought of an end that was not met: it may stand behind where this pass began. */
  readonly #unmet: '' | 'unknown';

  constructor(filter: Filter) {
    this.#unmet = filter.until === undefined ? '' : 'unknown';
    this.#looksRight = mayMatch(filter);
    this.#earliest = filter.since === undefined ? '' : hourBefore(filter.since);
  }

  wants(bytes: Buffer): boolean {
    const { kind, attempt, text } = previewLine(bytes);
    // Of several records the first one met is the last one written.
    if ((kind === 'close' || kind === 'progress') && !this.#ends.has(attempt)) this.#ends.set(attempt, { kind, text });
    if (kind !== 'decision') return false;
    const last = this.#ends.get(attempt);
    this.later = last?.text ?? 'none';
    this.#ends.delete(attempt);
    const received = receivedIn(text);
    this.over = received !== '' && received < this.#earliest;
    return this.over || this.#looksRight(text, last?.kind === 'close' ? last.text : this.#unmet);
  }
}

async function listForwards(directory: string, options: ListOptions): Promise<Collection> {
  const { since } = options.filter;
  const collection = new Collection(options);
  const pass = new ForwardPass(options.filter, collection);
  const fromSeq = since === undefined ? 1 : await seqNear(directory, hourBefore(since));
  for await (const line of readJournal(directory, { fromSeq, wanted: (bytes) => pass.wants(bytes) })) {
    if (pass.over) break;
    if (pass.last !== 'decision') collection.learn(line);
    else if (collection.add(line, 'none') === 'enough') pass.seeks = 'ends';
  }
  return collection;
}

/** Forwards, decisions are sought until there are enough, and after that only the ends of those that were found. */
class ForwardPass {
  seeks: 'decisions' | 'ends' = 'decisions';
  /** The kind of the line that was wanted last. */
  last: LinePreview['kind'] = 'other';
  readonly #collection: Collection;
  readonly #looksRight: (text: string, end: string) => boolean;
  readonly #latest: string;

  constructor(filter: Filter, collection: Collection) {
    this.#collection = collection;
    this.#looksRight = mayMatch(filter);
    this.#latest = filter.until === undefined ? '~' : hourAfter(filter.until);
  }

  /** Whether nothing that follows can change the listing. */
  get over(): boolean {
    return this.seeks === 'ends' && this.#collection.open === 0;
  }

  wants(bytes: Buffer): boolean {
    const { kind, attempt, text } = previewLine(bytes);
    this.last = kind;
    if (this.over) return true;
    if (kind === 'close' || kind === 'progress') return this.#collection.isOpen(attempt);
    if (kind !== 'decision' || this.seeks === 'ends') return false;
    if (receivedIn(text) <= this.#latest) return this.#looksRight(text, 'unknown');
    this.seeks = 'ends';
    return this.#collection.open === 0;
  }
}

/** Reads on from a line until every attempt that is listed has ended, or to the end. */
async function learnEnds(directory: string, collection: Collection, fromSeq: number): Promise<void> {
  if (collection.open === 0) return;
  const wanted = (bytes: Buffer): boolean => {
    const { kind, attempt } = previewLine(bytes);
    return (kind === 'close' || kind === 'progress') && collection.isOpen(attempt);
  };
  for await (const line of readJournal(directory, { fromSeq, wanted })) {
    collection.learn(line);
    if (collection.open === 0) return;
  }
}
