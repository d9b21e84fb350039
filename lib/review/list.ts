import { Collection, type CollectionOptions, type Listing } from './collection.js';
import { mayMatch, previewLine, type Filter, type LinePreview } from './filter/index.js';
import type { Trail } from './trail/index.js';

/** Which attempts to list, and how. `limit` rows are held in memory. */
export interface ListOptions extends CollectionOptions {
  readonly order: 'newest_first' | 'oldest_first';
}

/**
 * Lists attempts, each with its outcome. Reads no more of the trail than it must: newest first, from the end back until the
 * limit is reached. `foldSeconds`: identical refusals at most so far apart become one row. Throws the system's errors.
 */
export async function listAttempts(trail: Trail, options: ListOptions): Promise<Listing> {
  const { filter, limit, order } = options;
  if (limit < 1) return { rows: [], isCut: false, unreadable: 0 };
  const { since, until } = filter;
  const isTimed = since !== undefined || until !== undefined;
  const { from, to } = isTimed ? await trail.locate(filter) : { from: 1, to: Infinity };
  const range = { fromSeq: from, beforeSeq: until === undefined ? Infinity : to + 1 };
  const collection = new Collection(options);
  const collect = order === 'newest_first' ? collectBackwards : collectForwards;
  const end = await collect(trail, collection, filter, range);
  // An attempt may end long after the range.
  await collectEnds(trail, collection, end);
  return collection.listing;
}

type Lines = Readonly<Record<'fromSeq' | 'beforeSeq', number>>;

/** Collects the newest attempts of a range; gives the number of the first line that may hold further ends. */
async function collectBackwards(trail: Trail, collection: Collection, filter: Filter, lines: Lines): Promise<number> {
  const pass = new BackwardPass(filter);
  const prefilter = (bytes: Buffer): boolean => pass.isWanted(bytes);
  for await (const line of trail.read({ order: 'newest_first', ...lines, prefilter })) {
    if (collection.add(line, pass.followUp) === 'enough') break;
  }
  return lines.beforeSeq;
}

/**
 * Backwards, an attempt's end comes before its decision. The last records of those attempts are kept that were open at this
 * point of the journal.
 */
class BackwardPass {
  /** The text of a later record of the decision that was last wanted, `'none'`, or `'not_read'`. */
  followUp = 'none';
  readonly #ends = new Map<string, Pick<LinePreview, 'kind' | 'text'>>();
  readonly #mayMatch: (text: string, end: string) => boolean;
  /** The end of an attempt without one in the range: it may be after the range. */
  readonly #absentEnd: '' | 'unknown';

  constructor(filter: Filter) {
    this.#absentEnd = filter.until === undefined ? '' : 'unknown';
    this.#mayMatch = mayMatch(filter);
  }

  isWanted(bytes: Buffer): boolean {
    const { kind, attempt, text } = previewLine(bytes);
    // Of several records the first one read is the last one written.
    if ((kind === 'close' || kind === 'progress') && !this.#ends.has(attempt)) this.#ends.set(attempt, { kind, text });
    if (kind !== 'decision') return false;
    const end = this.#ends.get(attempt);
    this.followUp = end?.text ?? (this.#absentEnd === 'unknown' ? 'not_read' : 'none');
    this.#ends.delete(attempt);
    return this.#mayMatch(text, end?.kind === 'close' ? end.text : this.#absentEnd);
  }
}

/** Collects the oldest attempts of a range; gives the number of the first line that may hold further ends. */
async function collectForwards(trail: Trail, collection: Collection, filter: Filter, lines: Lines): Promise<number> {
  const matches = mayMatch(filter);
  const prefilter = (bytes: Buffer): boolean => {
    const preview = previewLine(bytes);
    return preview.kind === 'decision' ? matches(preview.text, 'unknown') : collection.awaits(preview);
  };
  for await (const line of trail.read({ order: 'oldest_first', ...lines, prefilter })) {
    if (line.read === 'line' && line.kind !== 'decision') collection.learn(line);
    else if (collection.add(line, 'not_read') === 'enough' && line.read === 'line') return line.seq + 1;
  }
  return lines.beforeSeq;
}

/** Reads on from a line until every attempt that is listed has ended, or to the end. */
async function collectEnds(trail: Trail, collection: Collection, fromSeq: number): Promise<void> {
  if (collection.open === 0 || fromSeq === Infinity) return;
  const prefilter = (bytes: Buffer): boolean => collection.awaits(previewLine(bytes));
  for await (const line of trail.read({ order: 'oldest_first', fromSeq, prefilter })) {
    collection.learn(line);
    if (collection.open === 0) return;
  }
}
