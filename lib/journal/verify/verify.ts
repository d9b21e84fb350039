import {
  BEFORE_FIRST,
  faultInLink,
  hashLine,
  listBegun,
  parseLine,
  rawLines,
  sizeOf,
  type Damage,
  type Link,
  type ParsedLine,
  type Previous,
  type RawLine,
  type Segment,
} from '../lines/index.js';

/** How a chain stands. */
export type ChainReport =
  | {
      readonly kind: 'holds';
      readonly segments: number;
      readonly lines: number;
      /** The oldest line there is: 1, unless older segments were removed. 0 in an empty journal. */
      readonly firstSeq: number;
      /** The newest line: what to compare with a copy kept elsewhere. */
      readonly last: Link;
      /** Bytes after the last line that do not end in a newline: a line being written, or a torn one. */
      readonly unfinishedBytes: number;
    }
  | ({ readonly kind: 'broken' } & Damage);

/**
 * Goes over a whole journal, line by line: form, numbers, hashes, links between segments. Names the first line at fault.
 *
 * What it proves: no line was changed, removed, put in or moved, unless everything after it was written anew as well. It
 * cannot tell that lines are missing at the end. Throws the system's errors.
 */
export async function verifyChain(directory: string): Promise<ChainReport> {
  const segments = await listBegun(directory);
  const chain = new Chain();
  for (const segment of segments) {
    const damage = await chain.over(segment, segment === segments.at(-1));
    if (damage !== 'none') return { kind: 'broken', ...damage };
  }
  return { kind: 'holds', segments: segments.length, ...chain.report() };
}

class Chain {
  #last: Link = BEFORE_FIRST;
  #previous: Previous | 'none' = 'none';
  #number = 0;
  #lines = 0;
  #firstSeq = 0;
  #unfinished = 0;

  async over(segment: Segment, newest: boolean): Promise<Damage | 'none'> {
    let line = 0;
    const damaged = (offset: number, detail: string): Damage => {
      return { segment: segment.name, line, seq: this.#last.seq + 1, offset, detail };
    };
    for await (const lines of rawLines(segment.path)) {
      for (const raw of lines) {
        line += 1;
        const fault = raw.ending === 'end_of_file' && newest ? this.#leave(raw) : this.#step(segment, raw, line);
        if (fault !== 'none') return damaged(raw.offset, fault);
      }
    }
    if (line === 0 && !newest) return damaged(0, 'the segment is empty, but others follow it');
    this.#previous = { segment: segment.name, ...this.#last, bytes: await sizeOf(segment) };
    return 'none';
  }

  report(): { lines: number; firstSeq: number; last: Link; unfinishedBytes: number } {
    return { lines: this.#lines, firstSeq: this.#firstSeq, last: this.#last, unfinishedBytes: this.#unfinished };
  }

  #leave(raw: RawLine): 'none' {
    this.#unfinished = raw.bytes.length;
    return 'none';
  }

  #step(segment: Segment, raw: RawLine, number: number): string {
    const line = parseLine(raw.bytes);
    if (typeof line === 'string') return line;
    const fault = number === 1 ? this.#begin(segment, line) : 'none';
    if (fault !== 'none') return fault;
    if (line.seq !== this.#last.seq + 1) return `its number is ${line.seq}`;
    if (line.prev !== this.#last.hash) return 'it does not bear the hash of the line before';
    this.#last = { seq: line.seq, hash: hashLine(raw.bytes) };
    this.#lines += 1;
    return 'none';
  }

  #begin(segment: Segment, line: ParsedLine): string {
    const oldest = this.#previous === 'none';
    if (!oldest && segment.number !== this.#number + 1) return 'the segment before it is missing';
    this.#number = segment.number;
    if (oldest) this.#firstSeq = line.seq;
    // Where older segments were removed, the chain begins with what this one says came before.
    if (oldest && segment.number > 1) this.#last = { seq: line.seq - 1, hash: line.prev };
    return faultInLink(line, this.#previous);
  }
}
