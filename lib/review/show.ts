import { readIdPrefix, type IdPrefix } from '../attempt/index.js';
import { decode, type ReadRecord } from '../audit/index.js';
import { hashLine, type Line, type ReadLine } from '../journal/index.js';
import { previewLine } from './filter/index.js';
import { beginRow, type AttemptRow, type MutableRow } from './records/index.js';
import type { Trail } from './trail/index.js';

/** One record of an attempt, its place in the journal, and what its neighbours in the chain prove. */
export interface ShownRecord {
  readonly seq: number;
  readonly time: string;
  readonly segment: string;
  /** What it says, or `'unreadable'`; the line shows it then. */
  readonly record: ReadRecord | 'unreadable';
  /** The line itself, without its newline. */
  readonly line: string;
  /** Whether the line after holds this one's hash; `'newest'` where there is none yet. */
  readonly next: 'bears_its_hash' | 'does_not_bear_its_hash' | 'damaged' | 'newest';
}

/** What is known of an attempt. */
export type AttemptLookup =
  | {
      readonly kind: 'attempt';
      readonly id: string;
      /** Its records joined; `'no_decision'`: the journal has its later records only, or cannot be read there. */
      readonly row: AttemptRow | 'no_decision';
      readonly records: readonly ShownRecord[];
    }
  /** Several attempts begin like this: some of them, the first ten at most. */
  | { readonly kind: 'ambiguous'; readonly ids: readonly string[] }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'not_an_id'; readonly detail: string };

const NAMED_AT_MOST = 10;

/**
 * Finds all records of the attempt whose id begins so, in the order they were written. The id says when it was received and so
 * where to begin; if it is not after that, as where the clock was changed, all is searched. Throws the system's errors.
 */
export async function showAttempt(trail: Trail, idOrPrefix: string): Promise<AttemptLookup> {
  const prefixes = readIdPrefix(idOrPrefix);
  if (prefixes.length === 0) {
    return { kind: 'not_an_id', detail: 'use at least the first 4 characters of an attempt id, such as D257GE5Q07K3' };
  }
  const from = await firstSeqOf(trail, prefixes);
  const found = await search(trail, prefixes, from);
  return found.kind === 'not_found' && from > 1 ? search(trail, prefixes, 1) : found;
}

async function search(trail: Trail, prefixes: readonly IdPrefix[], fromSeq: number): Promise<AttemptLookup> {
  const pass = new Search(prefixes);
  const prefilter = (bytes: Buffer): boolean => pass.isWanted(bytes);
  for await (const line of trail.read({ order: 'oldest_first', fromSeq, prefilter })) {
    if (pass.take(line) === 'enough') break;
  }
  return pass.result();
}

async function firstSeqOf(trail: Trail, prefixes: readonly IdPrefix[]): Promise<number> {
  const times = prefixes.map(({ since }) => (since === 'not_known' ? NaN : since));
  const received = new Date(Math.min(...times));
  const year = received.getUTCFullYear();
  // Beyond the years that compare as text the id is none of ours, and everything is searched.
  const isOurs = year >= 1971 && year <= 9998;
  return isOurs ? (await trail.locate({ since: received.toISOString() })).from : 1;
}

/** Keeps what is found, and the line after each, which is needed to see whether it holds the hash. */
class Search {
  readonly #prefixes: readonly IdPrefix[];
  readonly #found = new Map<string, ShownRecord[]>();
  #waiting: Line | 'none' = 'none';
  #ended = false;

  constructor(prefixes: readonly IdPrefix[]) {
    this.#prefixes = prefixes;
  }

  isWanted(bytes: Buffer): boolean {
    return this.#waiting !== 'none' || this.#isSought(previewLine(bytes).attempt);
  }

  take(line: ReadLine): 'enough' | 'more' {
    if (this.#waiting !== 'none') this.#keep(this.#waiting, nextOf(this.#waiting, line));
    const isSought = line.read === 'line' && this.#isSought(previewLine(line.bytes).attempt);
    this.#waiting = isSought ? line : 'none';
    return this.#found.size > NAMED_AT_MOST || (this.#ended && this.#waiting === 'none') ? 'enough' : 'more';
  }

  result(): AttemptLookup {
    if (this.#waiting !== 'none') this.#keep(this.#waiting, 'newest');
    const [first, second] = this.#found;
    if (first === undefined) return { kind: 'not_found' };
    if (second !== undefined) return { kind: 'ambiguous', ids: [...this.#found.keys()].slice(0, NAMED_AT_MOST) };
    const [id, records] = first;
    return { kind: 'attempt', id, row: joined(records), records };
  }

  #keep(line: Line, next: ShownRecord['next']): void {
    const { attempt } = previewLine(line.bytes);
    const shown = showRecord(line, next);
    this.#found.set(attempt, [...(this.#found.get(attempt) ?? []), shown]);
    // Only a whole id can be done with before the end of the journal: another attempt may begin like a part of it.
    if (this.#prefixes.some(({ text, isWhole }) => isWhole && text === attempt)) this.#ended = isLast(shown.record);
  }

  #isSought(attempt: string): boolean {
    return this.#prefixes.some(({ text }) => attempt.startsWith(text));
  }
}

function joined(records: readonly ShownRecord[]): AttemptRow | 'no_decision' {
  const rows: MutableRow[] = [];
  for (const { seq, time, record } of records) {
    const [row] = rows;
    if (record === 'unreadable') continue;
    if (record.kind === 'decision') rows.push(beginRow({ seq, time, content: record.content }));
    else if (row?.outcome.kind !== 'open') continue;
    else if (record.kind === 'close') row.outcome = { kind: 'closed', close: { seq, time, content: record.content } };
    else if (record.kind === 'progress')
      row.outcome = { kind: 'open', progress: { seq, time, content: record.content } };
  }
  return rows[0] ?? 'no_decision';
}

function nextOf(line: Line, after: ReadLine): ShownRecord['next'] {
  if (after.read === 'damaged') return 'damaged';
  return after.prev === hashLine(line.bytes) ? 'bears_its_hash' : 'does_not_bear_its_hash';
}

function showRecord({ seq, time, segment, kind, content, bytes }: Line, next: ShownRecord['next']): ShownRecord {
  const decoded = decode(kind, content);
  const record = decoded === 'foreign' || decoded === 'malformed' ? 'unreadable' : decoded;
  return { seq, time, segment, record, line: bytes.toString('latin1').trimEnd(), next };
}

function isLast(record: ReadRecord | 'unreadable'): boolean {
  if (record === 'unreadable') return false;
  return record.kind === 'close' || (record.kind === 'decision' && record.content.verdict !== 'allowed');
}
