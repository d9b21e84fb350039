import { BEFORE_FIRST, hashLine, LINE_BYTES, parseHead, parseLine, type Link, type ParsedLine } from './line.js';
import { readBytes } from '../bytes/index.js';
import { rawLines, type RawLine } from './raw-lines.js';
import type { Damage, Damaged, Segment } from './segments.js';

/** No batch is longer: so much, at most, can be torn when a machine stops. */
export const BATCH_BYTES = 1024 * 1024;

/** A good line, where it ends, and its line number in the segment. */
interface LastLine extends Link {
  readonly end: number;
  readonly line: number;
}

/** A segment up to its last good line, and what follows it. */
export interface SegmentTail {
  /** The first line; `'none'` if not even that one is good. */
  readonly first: ParsedLine | 'none';
  /** The last good line; for an empty segment the line before the segment, at offset 0. */
  readonly last: LastLine;
  /** What follows: nothing, the torn rest of a batch without a receipt, or damage. */
  readonly rest: { readonly kind: 'none' } | { readonly kind: 'torn'; readonly bytes: Buffer } | Damaged;
}

/**
 * Reads a segment to its end, in constant memory, and reports what its last batch left.
 *
 * A line counts as good if the line after it holds its hash; the last one is parsed whole. `before` is the line
 * that the segment's first one must follow.
 */
export async function readTail(segment: Segment, before: Link | 'unknown'): Promise<SegmentTail> {
  const reader = new TailReader(before);
  for await (const lines of rawLines(segment.path)) {
    if (!lines.every((raw) => reader.take(raw))) break;
  }
  const { first, last } = reader.result();
  const place = { segment: segment.name, line: last.line + 1, seq: last.seq + 1, offset: last.end };
  return { first, last, rest: judgeRest(await readAfter(segment, last.end), place) };
}

class TailReader {
  #first: ParsedLine | 'none' = 'none';
  #beforeLast: LastLine;
  #last: LastLine;
  #lastBytes: Buffer = Buffer.alloc(0);
  readonly #anyStart: boolean;

  constructor(before: Link | 'unknown') {
    this.#anyStart = before === 'unknown';
    this.#last = { ...(before === 'unknown' ? BEFORE_FIRST : before), end: 0, line: 0 };
    this.#beforeLast = this.#last;
  }

  /** Takes the next line; false if it is not good. */
  take(raw: RawLine): boolean {
    const head = raw.ending === 'newline' ? parseHead(raw.bytes) : 'malformed';
    if (head === 'malformed') return false;
    if (this.#last.line === 0) {
      const first = parseLine(raw.bytes);
      if (first.read === 'damaged') return false;
      if (this.#anyStart) this.#last = { ...this.#last, seq: head.seq - 1, hash: head.prev };
      this.#first = first;
    }
    if (head.seq !== this.#last.seq + 1 || head.prev !== this.#last.hash) return false;
    this.#beforeLast = this.#last;
    this.#lastBytes = raw.bytes;
    const end = raw.offset + raw.bytes.length;
    this.#last = { seq: head.seq, hash: hashLine(raw.bytes), end, line: this.#last.line + 1 };
    return true;
  }

  result(): Pick<SegmentTail, 'first' | 'last'> {
    const whole = this.#last.line === 0 || parseLine(this.#lastBytes).read === 'line';
    const last = whole ? this.#last : this.#beforeLast;
    return { first: last.line === 0 ? 'none' : this.#first, last };
  }
}

/** Reads what follows a line of a segment: as much as one write can have left, and a byte more. */
export function readAfter(segment: Segment, end: number): Promise<Buffer> {
  return readBytes(segment, end, BATCH_BYTES + 1);
}

/** A line as far as it was written. */
const UNFINISHED = new RegExp(`^[ -~]{1,${LINE_BYTES - 1}}$`);

/**
 * Judges what follows the last good line, given the place of the bad line.
 *
 * INVARIANT: a line with a receipt is not taken for a torn one if anything shows that it was synced. What a
 * crash leaves of a batch is its beginning, up to the middle of a line; or, if the machine lost power, all of it with blocks
 * that never reached the disk, which read as zeros. Whatever else is there came later, and is damage.
 */
export function judgeRest(bytes: Buffer, place: Omit<Damage, 'detail'>): SegmentTail['rest'] {
  const damaged = (detail: string): Damaged => ({ kind: 'damaged', damage: { ...place, detail } });
  if (bytes.length === 0) return { kind: 'none' };
  if (bytes.length > BATCH_BYTES) return damaged('more bytes follow the last good line than one write can have left');
  if (UNFINISHED.test(bytes.toString('latin1'))) return { kind: 'torn', bytes };
  if (!bytes.includes(0)) return damaged('the line is broken, or does not continue the one before');
  const whole = linesIn(bytes).filter((line) => !line.includes(0));
  if (whole.every((line) => isOfBatch(line, place.seq))) return { kind: 'torn', bytes };
  return damaged('a line that was on disk is broken or missing');
}

/** Whether bytes are a line of a batch that holds a certain line too: nothing proves that this one was ever synced. */
function isOfBatch(bytes: Buffer, seq: number): boolean {
  const line = parseLine(bytes);
  return line.read === 'line' && line.batch <= seq && line.seq > seq;
}

function linesIn(bytes: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0, end = bytes.indexOf(0x0a); end !== -1; at = end + 1, end = bytes.indexOf(0x0a, at)) {
    lines.push(bytes.subarray(at, end + 1));
  }
  return lines;
}
