import {
  BEFORE_FIRST,
  checkLink,
  CHECKPOINT_KIND,
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
import type { Contradiction, Facts, Fault, ProvenPoint, Notice } from './report.js';
import type { Statements } from './statements.js';

/** A line does not continue the one before: what was done follows from the lines around. */
export interface Unlinked {
  readonly kind: 'unlinked';
  readonly detail: string;
}

/** What looking at a line comes to. */
export type Step = 'none' | Unlinked | Contradiction;

const MOST_NOTICES = 100;
const MOST_PENDING = 2000;

/** Goes over lines in their order: form, numbers, hashes, links between segments, and what was signed about them. */
export class Scanner {
  readonly #statements: Statements;
  #last: Link = BEFORE_FIRST;
  // The last two lines that continued: the last one may yet turn out to be changed, and then the one before it counts.
  #chained: ProvenPoint = { seq: 0, time: 'none' };
  #chainedBefore: ProvenPoint = { seq: 0, time: 'none' };
  #at = 1;
  #previous: Previous | 'none' = 'none';
  #number = 0;
  #begun = false;
  #firstSeq = 0;
  #lines = 0;
  #removed: Removed = { seq: 0, at: 0 };
  // Lines that no checkpoint has signed for yet.
  #pending: Pending[] = [];
  #malformed: Fault | 'none' = 'none';
  readonly #gaps: Notice[] = [];
  readonly #cuts: Notice[] = [];

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Takes a segment's next line; `number` is its line number there. */
  step(segment: Segment, raw: RawLine, number: number): Step {
    this.#at = this.#last.seq + 1;
    const formed = parseForm(raw.bytes);
    if (formed.read === 'damaged') return { kind: 'unlinked', detail: formed.detail };
    const fault = isOwnKind(formed.kind) || number === 1 ? this.#own(segment, formed, number) : this.#others(formed);
    if (fault !== 'none') return fault;
    this.#wait({
      bytes: raw.bytes,
      place: { segment: segment.name, line: number, offset: raw.offset, seq: formed.seq },
    });
    const link = { seq: formed.seq, hash: hashLine(raw.bytes) };
    const contradiction = this.#statements.add(raw.bytes, link);
    this.#last = link;
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

  #wait(line: Pending): void {
    this.#pending.push(line);
    if (this.#pending.length > MOST_PENDING) this.#lookIntoPending();
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
    if (number === 1) {
      const fault = this.#begin(segment, line);
      if (fault !== 'none') return fault;
    }
    return this.#continues(line) ? this.#look(line) : UNLINKED;
  }

  /** Of other lines, the content need only be read if no signature covers them. */
  #others(line: FormedLine): Step {
    if (!this.#continues(line)) return UNLINKED;
    if (line.batch > line.seq) return { kind: 'changed', detail: `invalid batch number ${line.batch}` };
    return 'none';
  }

  #continues({ seq, prev }: FormedLine | ParsedLine): boolean {
    return seq === this.#last.seq + 1 && prev === this.#last.hash;
  }

  /** Ends a segment. */
  end(segment: Segment, bytes: number): void {
    this.#previous = { segment: segment.name, ...this.#last, bytes };
    this.#number = segment.number;
  }

  last(): Link {
    return this.#last;
  }

  /** The number of the line that was looked at last. */
  at(): number {
    return this.#at;
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
    const found = this.#statements.atEnd(this.#last);
    if (found !== 'none' && found.kind === 'foreign_key') return { ...found, seq: this.#firstSeq, at: 'beginning' };
    if (found !== 'none') return { ...found, seq: this.#last.seq + 1, at: 'end' };
    const { seq, at } = this.#removed;
    if (this.#firstSeq <= 1 || (seq >= this.#firstSeq - 1 && at <= this.#statements.covered())) return 'none';
    const detail = `the lines before ${this.#firstSeq} are missing, and no signed record says that they were removed`;
    return { kind: 'removed', detail, seq: this.#firstSeq - 1, at: 'beginning' };
  }

  facts(): Pick<Facts, 'lines' | 'firstSeq' | 'last' | 'gaps' | 'cuts'> {
    return { lines: this.#lines, firstSeq: this.#firstSeq, last: this.#last, gaps: this.#gaps, cuts: this.#cuts };
  }

  #begin(segment: Segment, line: ParsedLine): Step {
    if (!this.#begun) {
      this.#begun = true;
      this.#number = segment.number - 1;
      // Where older segments were removed, the chain begins with what this one says came before.
      if (segment.number > 1) this.#last = { seq: line.seq - 1, hash: line.prev };
      this.#firstSeq = this.#last.seq + 1;
      this.#at = this.#firstSeq;
      this.#statements.beginAfter(this.#last.seq);
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
    if (!isNext || link.seq <= this.#last.seq || link.seq !== line.seq - 1) return UNLINKED;
    return { kind: 'truncated', detail: `the end of ${link.segment} is missing, from line ${this.#last.seq + 1} on` };
  }

  #signed(line: ParsedLine): Contradiction | 'none' {
    const fault = this.#statements.checkpoint(line, this.#last);
    if (fault === 'none') this.#pending = [];
    return fault;
  }

  #look(line: ParsedLine): Contradiction | 'none' {
    if (line.batch > line.seq) return { kind: 'changed', detail: `invalid batch number ${line.batch}` };
    switch (line.kind) {
      case CHECKPOINT_KIND:
        return this.#signed(line);
      case RETENTION_KIND:
        if (typeof line.content['last_seq'] === 'number') {
          this.#removed = { seq: line.content['last_seq'], at: line.seq };
        }
        return 'none';
      case GAP_KIND:
        return notice(this.#gaps, line);
      case RECOVER_KIND:
        return notice(this.#cuts, line);
      default:
        return 'none';
    }
  }
}

/** A line whose content was not looked into yet. */
interface Pending {
  readonly bytes: Buffer;
  readonly place: Omit<Fault, 'kind' | 'detail'>;
}

const UNLINKED: Unlinked = { kind: 'unlinked', detail: 'it does not continue the line before' };

/** A fault that only shows where the lines end, the line that it concerns, and where that is. */
interface AtEnd extends Contradiction {
  readonly seq: number;
  readonly at: 'beginning' | 'end';
}

/** Up to which line lines were removed, and the line that says so. */
interface Removed {
  readonly seq: number;
  readonly at: number;
}

function notice(notices: Notice[], { seq, time, kind, content }: ParsedLine): 'none' {
  if (notices.length < MOST_NOTICES) notices.push({ seq, time, kind, content });
  return 'none';
}
