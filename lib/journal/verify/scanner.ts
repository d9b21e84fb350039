import {
  BEFORE_FIRST,
  checkLink,
  CHECKPOINT_KIND,
  CLOCK_KIND,
  GAP_KIND,
  hashLine,
  isOwnKind,
  parseForm,
  parseLine,
  readLink,
  RECOVER_KIND,
  RETENTION_KIND,
  withContent,
  type FormedLine,
  type Link,
  type ParsedLine,
  type Previous,
  type RawLine,
  type Segment,
} from '../lines/index.js';
import type { Contradiction, Facts, Fault, FaultKind, ProvenPoint, Notice } from './report.js';
import type { Statements } from './statements.js';

/** What is wrong with a line. `unlinked`: it does not continue the one before; the lines around show what was done. */
export type Step = 'none' | { readonly kind: FaultKind | 'unlinked'; readonly detail: string };

const MOST_NOTICES = 100;
const MOST_PENDING = 2000;

/** Goes over lines in their order: form, numbers, hashes, links between segments, and what was signed about them. */
export class Scanner {
  readonly #statements: Statements;
  /** The last good line. */
  last: Link = BEFORE_FIRST;
  /** The number of the line that was read last. */
  at = 1;
  // The last two lines that continued: the last one may yet turn out to be changed, and then the one before it counts.
  #chained: ProvenPoint = { seq: 0, time: 'none' };
  #chainedBefore: ProvenPoint = { seq: 0, time: 'none' };
  #previous: Previous | 'none' = 'none';
  #number = 0;
  #firstSeq = 0;
  #lines = 0;
  // Up to which line lines were removed, and the line that says so.
  #removed = { seq: 0, at: 0 };
  // Lines that no checkpoint has signed for yet.
  #pending: Pending[] = [];
  #malformed: Fault | 'none' = 'none';
  readonly #gaps: Notice[] = [];
  readonly #cuts: Notice[] = [];
  readonly #clocks: Notice[] = [];
  readonly #notices: ReadonlyMap<string, Notice[]> = new Map([
    [GAP_KIND, this.#gaps],
    [RECOVER_KIND, this.#cuts],
    [CLOCK_KIND, this.#clocks],
  ]);

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Takes a segment's next line; `number` is its line number there. */
  step(segment: Segment, raw: RawLine, number: number): Step {
    this.at = this.last.seq + 1;
    const formed = parseForm(raw.bytes);
    if (formed.read === 'damaged') return { kind: 'unlinked', detail: formed.detail };
    const fault = isOwnKind(formed.kind) || number === 1 ? this.#own(segment, formed, number) : this.#linked(formed);
    if (fault !== 'none') return fault;
    const place = { segment: segment.name, line: number, offset: raw.offset, seq: formed.seq };
    this.#pending.push({ bytes: raw.bytes, place });
    if (this.#pending.length > MOST_PENDING) this.#lookIntoPending();
    const link = { seq: formed.seq, hash: hashLine(raw.bytes) };
    const contradiction = this.#statements.add(raw.bytes, link);
    this.last = link;
    this.#chainedBefore = this.#chained;
    this.#chained = { seq: formed.seq, time: formed.time };
    this.#lines += 1;
    return contradiction === 'none' ? 'none' : this.#explained(contradiction);
  }

  /** What was moved aside when a gap was accepted, an anchor may still speak of. */
  #explained({ kind, detail }: Contradiction): Contradiction {
    const gap = kind === 'wrong_root' ? this.#gaps.at(-1) : undefined;
    if (gap === undefined) return { kind, detail };
    return { kind, detail: `${detail}; record ${gap.seq} is an accepted gap` };
  }

  #lookIntoPending(): void {
    const found = this.#pending.find(({ bytes }) => parseLine(bytes).read === 'damaged');
    this.#pending = [];
    if (found === undefined || this.#malformed !== 'none') return;
    this.#malformed = { ...found.place, kind: 'changed', detail: 'its content is not a JSON object' };
  }

  /** A line of the journal's own is read whole. */
  #own(segment: Segment, formed: FormedLine, number: number): Step {
    const line = withContent(formed);
    if (line.read === 'damaged') return { kind: 'unlinked', detail: line.detail };
    const begun = number === 1 ? this.#begin(segment, line) : 'none';
    const fault = begun === 'none' ? this.#linked(line) : begun;
    return fault === 'none' ? this.#look(line) : fault;
  }

  /** Of other lines than the journal's own, the content need only be read if no signature covers them. */
  #linked(line: FormedLine | ParsedLine): Step {
    if (!this.#continues(line)) return UNLINKED;
    if (line.batch > line.seq) return { kind: 'changed', detail: `invalid batch number ${line.batch}` };
    return 'none';
  }

  #continues({ seq, prev }: FormedLine | ParsedLine): boolean {
    return seq === this.last.seq + 1 && prev === this.last.hash;
  }

  /** Ends a segment. */
  end(segment: Segment, bytes: number): void {
    this.#previous = { segment: segment.name, ...this.last, bytes };
    this.#number = segment.number;
  }

  /** The first line without a signature over it whose content is not a JSON object, so that the journal did not write it. */
  malformed(): Fault | 'none' {
    this.#lookIntoPending();
    return this.#malformed;
  }

  /** How far the chain holds before a line that is at fault. */
  chainedBefore(seq: number): ProvenPoint | 'none' {
    const point = this.#chained.seq < seq ? this.#chained : this.#chainedBefore;
    return point.seq === 0 ? 'none' : point;
  }

  /** What is wrong where the lines end. */
  atEnd(): AtEnd | 'none' {
    const found = this.#statements.atEnd(this.last);
    if (found !== 'none' && found.kind === 'foreign_key') return { ...found, seq: this.#firstSeq, at: 'beginning' };
    if (found !== 'none') return { ...found, seq: this.last.seq + 1, at: 'end' };
    const { seq, at } = this.#removed;
    if (this.#firstSeq <= 1 || (seq >= this.#firstSeq - 1 && at <= this.#statements.covered())) return 'none';
    const detail = `the lines before ${this.#firstSeq} are missing, and no signed record says that they were removed`;
    return { kind: 'removed', detail, seq: this.#firstSeq - 1, at: 'beginning' };
  }

  facts(): Pick<Facts, 'lines' | 'firstSeq' | 'last' | 'gaps' | 'cuts' | 'clocks'> {
    const [gaps, cuts, clocks] = [this.#gaps, this.#cuts, this.#clocks];
    return { lines: this.#lines, firstSeq: this.#firstSeq, last: this.last, gaps, cuts, clocks };
  }

  #begin(segment: Segment, line: ParsedLine): Step {
    if (this.#firstSeq === 0) {
      this.#number = segment.number - 1;
      // Where older segments were removed, the chain begins with what this one says came before.
      if (segment.number > 1) this.last = { seq: line.seq - 1, hash: line.prev };
      this.#firstSeq = this.last.seq + 1;
      this.at = this.#firstSeq;
      this.#statements.beginAfter(this.last.seq);
    }
    if (!this.#continues(line)) return this.#brokenSeam(segment, line);
    if (segment.number !== this.#number + 1) return { kind: 'changed', detail: 'its file name has another number' };
    const checked = checkLink(line, this.#previous);
    return checked === 'linked' ? 'none' : { kind: 'changed', detail: checked.detail };
  }

  /** A segment does not continue the one before: that one's end is missing, or it is, or lines were tampered with. */
  #brokenSeam(segment: Segment, line: ParsedLine): Step {
    if (segment.number > this.#number + 1) return { kind: 'removed', detail: 'the segment before it is missing' };
    const link = readLink(line.content);
    const isNext =
      link !== 'none' && link !== 'malformed' && this.#previous !== 'none' && link.segment === this.#previous.segment;
    if (!isNext || link.seq <= this.last.seq || link.seq !== line.seq - 1) return UNLINKED;
    return { kind: 'truncated', detail: `the end of ${link.segment} is missing, from line ${this.last.seq + 1} on` };
  }

  #look(line: ParsedLine): Contradiction | 'none' {
    const { seq, time, kind, content } = line;
    if (kind === CHECKPOINT_KIND) {
      const fault = this.#statements.checkpoint(line, this.last);
      if (fault === 'none') this.#pending = [];
      return fault;
    }
    const { last_seq: removedTo } = content;
    if (kind === RETENTION_KIND && typeof removedTo === 'number') this.#removed = { seq: removedTo, at: seq };
    const notices = this.#notices.get(kind);
    if (notices !== undefined && notices.length < MOST_NOTICES) notices.push({ seq, time, kind, content });
    return 'none';
  }
}

/** A line whose content was not looked into yet. */
interface Pending {
  readonly bytes: Buffer;
  readonly place: Omit<Fault, 'kind' | 'detail'>;
}

const UNLINKED = { kind: 'unlinked', detail: 'it does not continue the line before' } as const;

/** A fault that only shows where the lines end, the line that it concerns, and where that is. */
interface AtEnd extends Contradiction {
  readonly seq: number;
  readonly at: 'beginning' | 'end';
}
