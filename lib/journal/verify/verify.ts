import { sleep } from '../../system/index.js';
import { judgeRest, listBegun, readAfter, rawLines, sizeOf, type Segment } from '../lines/index.js';
import type { VerifierKey } from '../proof/index.js';
import type { Anchor } from './anchors.js';
import { classify } from './classify.js';
import type { Contradiction, Fault, Verification } from './report.js';
import { Statements } from './statements.js';
import { faultInFile, firstHeads, headsFrom, originOf } from './nearby-lines.js';
import { Scanner, type Step } from './scanner.js';

/** What a journal is held against. */
export interface VerifyOptions {
  /** Keys that are known from elsewhere. If there are none, the first key in the journal is trusted on first use. */
  readonly keys?: readonly VerifierKey[];
  readonly anchors?: readonly Anchor[];
  /** Called every now and then with the bytes done, of how many. */
  readonly progress?: (done: number, total: number) => void;
  /** How long the end of the newest segment must be unchanged to count as torn, and not as being written. Default 200 ms. */
  readonly settleMs?: number;
}

/**
 * Goes over a whole journal and reports whether it is what was written, the first line at fault if it is not, and what that
 * proves. In constant memory; a journal that is being written may be verified too. Throws the system's errors.
 */
export async function verifyJournal(directory: string, options: VerifyOptions = {}): Promise<Verification> {
  const segments = await listBegun(directory);
  const statements = new Statements(options.keys ?? [], options.anchors ?? [], await originOf(segments));
  return new Verifier(segments, options, statements).run();
}

/** Where a line is, or should be. */
type LinePosition = Pick<Fault, 'segment' | 'line' | 'offset'>;

const NOWHERE: LinePosition = { segment: 'none', line: 0, offset: 0 };

class Verifier {
  readonly #segments: readonly Segment[];
  readonly #options: VerifyOptions;
  readonly #statements: Statements;
  readonly #scanner: Scanner;
  // The place of the last good line, and where the next one must begin.
  #at: LinePosition = NOWHERE;
  #next: LinePosition = NOWHERE;
  #done = 0;
  #total = 0;
  #unfinished = 0;

  constructor(segments: readonly Segment[], options: VerifyOptions, statements: Statements) {
    this.#segments = segments;
    this.#options = options;
    this.#statements = statements;
    this.#scanner = new Scanner(statements);
  }

  async run(): Promise<Verification> {
    for (const segment of this.#segments) this.#total += await sizeOf(segment);
    for (const [index, segment] of this.#segments.entries()) {
      this.#next = { segment: segment.name, line: 1, offset: 0 };
      const fault = await this.#over(segment, this.#segments.slice(index + 1));
      if (fault !== 'none') return this.#report(fault.kind === 'torn_tail' ? this.#atEnd(fault) : fault);
    }
    return this.#report(this.#atEnd('none'));
  }

  async #over(segment: Segment, later: readonly Segment[]): Promise<Fault | 'none'> {
    for (;;) {
      const found = await this.#lines(segment, later.length === 0);
      if (found === 'none') break;
      const fault = await this.#judge(found, segment, later);
      // While the end of a live journal was read, it has grown.
      if (fault !== 'grown') return fault;
    }
    this.#scanner.end(segment, this.#next.offset);
    const detail = await faultInFile(segment, this.#next.offset);
    return detail === 'none' ? 'none' : { ...this.#next, kind: 'changed', seq: this.#scanner.last.seq + 1, detail };
  }

  /** Goes over lines until one is not good. */
  async #lines(segment: Segment, isNewest: boolean): Promise<Step> {
    for await (const lines of rawLines(segment.path, this.#next.offset)) {
      for (const raw of lines) {
        const found =
          raw.ending === 'end_of_file' && !isNewest ? CUT_SHORT : this.#scanner.step(segment, raw, this.#next.line);
        if (found !== 'none') return found;
        this.#at = this.#next;
        const { line, offset } = this.#at;
        this.#next = { segment: segment.name, line: line + 1, offset: offset + raw.bytes.length };
        this.#done += raw.bytes.length;
      }
      this.#options.progress?.(this.#done, this.#total);
    }
    return 'none';
  }

  async #judge(
    { kind, detail }: Exclude<Step, 'none'>,
    segment: Segment,
    later: readonly Segment[],
  ): Promise<Fault | 'grown'> {
    if (kind !== 'unlinked') {
      const inText = kind === CUT_SHORT.kind ? await faultInFile(segment, this.#next.offset) : 'none';
      return this.#here({ kind, detail: inText === 'none' ? detail : inText });
    }
    const torn = later.length === 0 ? await this.#torn(segment) : 'none';
    if (torn !== 'none') return torn;
    const malformed = this.#scanner.malformed();
    if (malformed !== 'none') return malformed;
    const inFile = await faultInFile(segment, this.#next.offset);
    if (inFile !== 'none') return this.#here({ kind: 'changed', detail: inFile });
    const { last } = this.#scanner;
    const [first = UNREADABLE, ...rest] = await headsFrom([segment, ...later], this.#next.offset);
    const elsewhere = await firstHeads(this.#segments);
    const lastIsProven = this.#statements.covered() >= last.seq;
    const judged = classify({ last, heads: [first, ...rest], elsewhere, lastIsProven });
    const fault = {
      kind: judged.kind,
      detail: first.seq === 'none' && judged.kind === 'changed' ? detail : judged.detail,
    };
    return judged.at === 'before' ? { ...this.#at, ...fault, seq: last.seq } : this.#here(fault);
  }

  /** Whether what follows the last good line is what a crash can leave, and no longer changes. */
  async #torn(segment: Segment): Promise<Fault | 'none' | 'grown'> {
    const rest = await readAfter(segment, this.#next.offset);
    if (judgeRest(rest, { ...this.#next, seq: this.#scanner.last.seq + 1 }).kind !== 'torn') return 'none';
    await sleep(this.#options.settleMs ?? 200);
    if (!rest.equals(await readAfter(segment, this.#next.offset))) return 'grown';
    this.#unfinished = rest.length;
    return this.#here({ kind: 'torn_tail', detail: `${rest.length} bytes at the end are not a whole line` });
  }

  #here({ kind, detail }: Contradiction): Fault {
    return { ...this.#next, kind, seq: this.#scanner.at, detail };
  }

  #atEnd(fault: Fault | 'none'): Fault | 'none' {
    const malformed = this.#scanner.malformed();
    if (malformed !== 'none') return malformed;
    const found = this.#scanner.atEnd();
    if (found === 'none') return fault;
    const { kind, detail, seq, at } = found;
    const [first] = this.#segments;
    if (at === 'end' || first === undefined) return { ...this.#next, kind, seq, detail };
    return { segment: first.name, line: 1, offset: 0, kind, seq, detail };
  }

  #report(fault: Fault | 'none'): Verification {
    const chained = this.#scanner.chainedBefore(fault === 'none' ? Infinity : fault.seq);
    const facts = {
      segments: this.#segments.length,
      bytes: this.#done,
      unfinishedBytes: this.#unfinished,
      ...this.#scanner.facts(),
      ...this.#statements.facts(),
      proven: this.#statements.proven(chained, fault),
    };
    return fault === 'none' ? { kind: 'holds', ...facts } : { ...fault, ...facts };
  }
}

const UNREADABLE = { seq: 'none', prev: 'none', hash: 'none' } as const;

const CUT_SHORT = { kind: 'truncated', detail: 'the segment ends in the middle of a line' } as const;
