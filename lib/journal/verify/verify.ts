import { sleep } from '../../system/index.js';
import { judgeRest, listBegun, readAfter, rawLines, sizeOf, type RawLine, type Segment } from '../lines/index.js';
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
  /** How long the end of the newest segment must stand still to count as torn, and not as being written. Default 200 ms. */
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

/** Where a line stands, or should stand. */
interface LinePosition {
  readonly segment: string;
  readonly line: number;
  readonly offset: number;
}

const NOWHERE: LinePosition = { segment: 'none', line: 0, offset: 0 };

class Verifier {
  readonly #segments: readonly Segment[];
  readonly #options: VerifyOptions;
  readonly #statements: Statements;
  readonly #scanner: Scanner;
  // Where the last good line stands, and where the next one must begin.
  #at: LinePosition = NOWHERE;
  #next: LinePosition = NOWHERE;
  #done = 0;
  #unfinished = 0;

  constructor(segments: readonly Segment[], options: VerifyOptions, statements: Statements) {
    this.#segments = segments;
    this.#options = options;
    this.#statements = statements;
    this.#scanner = new Scanner(statements);
  }

  async run(): Promise<Verification> {
    let total = 0;
    for (const segment of this.#segments) total += await sizeOf(segment);
    for (const [index, segment] of this.#segments.entries()) {
      this.#next = { segment: segment.name, line: 1, offset: 0 };
      const fault = await this.#over(segment, index, total);
      if (fault === 'none') continue;
      return this.#report(fault.kind === 'torn_tail' ? this.#atEnd(fault) : fault);
    }
    return this.#report(this.#atEnd('none'));
  }

  async #over(segment: Segment, index: number, total: number): Promise<Fault | 'none'> {
    for (;;) {
      const found = await this.#lines(segment, index, total);
      if (found === 'none') break;
      const fault = await this.#judge(found, index);
      // While the end of a live journal was looked at, it has grown.
      if (fault !== 'grown') return fault;
    }
    this.#scanner.end(segment, this.#next.offset);
    const detail = await faultInFile(segment, 0);
    return detail === 'none' ? 'none' : { ...this.#next, kind: 'changed', seq: this.#scanner.last().seq + 1, detail };
  }

  /** Goes over lines until one is not good. */
  async #lines(segment: Segment, index: number, total: number): Promise<Step> {
    const isNewest = index === this.#segments.length - 1;
    for await (const lines of rawLines(segment.path, this.#next.offset)) {
      for (const raw of lines) {
        const found = this.#cutShort(raw, isNewest) ?? this.#scanner.step(segment, raw, this.#next.line);
        if (found !== 'none') return found;
        this.#advance(raw.bytes.length);
      }
      this.#options.progress?.(this.#done, total);
    }
    return 'none';
  }

  #advance(bytes: number): void {
    const { segment, line, offset } = (this.#at = this.#next);
    this.#next = { segment, line: line + 1, offset: offset + bytes };
    this.#done += bytes;
  }

  #cutShort(raw: RawLine, isNewest: boolean): Contradiction | undefined {
    if (raw.ending !== 'end_of_file' || isNewest) return undefined;
    return { kind: 'truncated', detail: 'the segment ends in the middle of a line' };
  }

  async #judge(found: Exclude<Step, 'none'>, index: number): Promise<Fault | 'grown'> {
    const segment = this.#segments[index];
    if (found.kind !== 'unlinked' || segment === undefined) return this.#here(contradictionOf(found));
    const torn = index === this.#segments.length - 1 ? await this.#torn(segment) : 'none';
    if (torn !== 'none') return torn;
    const malformed = this.#scanner.malformed();
    if (malformed !== 'none') return malformed;
    const inFile = await faultInFile(segment, this.#next.offset);
    if (inFile !== 'none') return this.#here({ kind: 'changed', detail: inFile });
    const last = this.#scanner.last();
    const [first = UNREADABLE, ...rest] = await headsFrom(this.#segments.slice(index), this.#next.offset);
    const elsewhere = await firstHeads(this.#segments);
    const lastIsProven = this.#statements.covered() >= last.seq;
    const judged = classify({ last, heads: [first, ...rest], elsewhere, lastIsProven });
    const detail = first.seq === 'none' && judged.kind === 'changed' ? found.detail : judged.detail;
    if (judged.at === 'before') return { ...this.#at, kind: judged.kind, seq: last.seq, detail };
    return this.#here({ kind: judged.kind, detail });
  }

  /** Whether what follows the last good line is what a crash can leave, and whether it stands still. */
  async #torn(segment: Segment): Promise<Fault | 'none' | 'grown'> {
    const rest = await readAfter(segment, this.#next.offset);
    if (judgeRest(rest, { ...this.#next, seq: this.#scanner.last().seq + 1 }).kind !== 'torn') return 'none';
    await sleep(this.#options.settleMs ?? 200);
    if (!rest.equals(await readAfter(segment, this.#next.offset))) return 'grown';
    this.#unfinished = rest.length;
    return this.#here({ kind: 'torn_tail', detail: `${rest.length} bytes at the end are not a whole line` });
  }

  #here({ kind, detail }: Contradiction): Fault {
    return { ...this.#next, kind, seq: this.#scanner.at(), detail };
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

function contradictionOf(found: Exclude<Step, 'none'>): Contradiction {
  return found.kind === 'unlinked' ? { kind: 'changed', detail: found.detail } : found;
}
