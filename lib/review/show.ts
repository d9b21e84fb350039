import { decode, type ReadRecord } from '../audit/index.js';
import { hashLine, type Line, type ReadLine } from '../journal/index.js';
import { previewLine } from './filter/index.js';
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
  | { readonly kind: 'attempt'; readonly id: string; readonly records: readonly ShownRecord[] }
  /** Several attempts begin like this: some of them. */
  | { readonly kind: 'ambiguous'; readonly ids: readonly string[] }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'not_an_id'; readonly detail: string };

const PREFIX = /^[0-9a-f][0-9a-f-]{3,35}$/;
const NAMED_AT_MOST = 10;

/** Finds all records of the attempt whose id begins so, in the order they were written. Throws the system's errors. */
export async function showAttempt(trail: Trail, idOrPrefix: string): Promise<AttemptLookup> {
  const prefix = idOrPrefix.toLowerCase();
  if (!PREFIX.test(prefix)) {
    return { kind: 'not_an_id', detail: 'use at least the first 4 characters of an attempt id, such as 0199d1f0-8a00' };
  }
  const search = new Search(prefix);
  const prefilter = (bytes: Buffer): boolean => search.isWanted(bytes);
  const fromSeq = await firstSeqOf(trail, prefix);
  for await (const line of trail.read({ order: 'oldest_first', fromSeq, prefilter })) {
    if (search.take(line) === 'enough') break;
  }
  return search.result();
}

/** An id begins with the time of its attempt (UUIDv7, RFC 9562 §5.7), which says where to begin reading. */
async function firstSeqOf(trail: Trail, prefix: string): Promise<number> {
  const milliseconds = /^([0-9a-f]{8})-([0-9a-f]{4})/.exec(prefix);
  if (milliseconds === null) return 1;
  const received = new Date(Number.parseInt(`${milliseconds[1] ?? ''}${milliseconds[2] ?? ''}`, 16));
  const year = received.getUTCFullYear();
  // Beyond the years that compare as text the id is none of ours, and everything is searched.
  return year < 1971 || year > 9998 ? 1 : (await trail.locate({ since: received.toISOString() })).from;
}

/** Keeps what is found, and the line after each, which is needed to see whether it holds the hash. */
class Search {
  readonly #prefix: string;
  readonly #found = new Map<string, ShownRecord[]>();
  #waiting: Line | 'none' = 'none';
  #ended = false;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  isWanted(bytes: Buffer): boolean {
    return this.#waiting !== 'none' || previewLine(bytes).attempt.startsWith(this.#prefix);
  }

  take(line: ReadLine): 'enough' | 'more' {
    if (this.#waiting !== 'none') this.#keep(this.#waiting, nextOf(this.#waiting, line));
    const about = previewLine(line.bytes).attempt;
    this.#waiting = line.read === 'line' && about.startsWith(this.#prefix) ? line : 'none';
    return this.#found.size > NAMED_AT_MOST || (this.#ended && this.#waiting === 'none') ? 'enough' : 'more';
  }

  result(): AttemptLookup {
    if (this.#waiting !== 'none') this.#keep(this.#waiting, 'newest');
    const [first, second] = this.#found;
    if (first === undefined) return { kind: 'not_found' };
    if (second !== undefined) return { kind: 'ambiguous', ids: [...this.#found.keys()].slice(0, NAMED_AT_MOST) };
    const [id, records] = first;
    return { kind: 'attempt', id, records };
  }

  #keep(line: Line, next: ShownRecord['next']): void {
    const { attempt } = previewLine(line.bytes);
    const shown = showRecord(line, next);
    this.#found.set(attempt, [...(this.#found.get(attempt) ?? []), shown]);
    // Only a whole id can be done with before the end of the journal: another attempt may begin like a part of it.
    if (attempt === this.#prefix) this.#ended = isLast(shown.record);
  }
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
